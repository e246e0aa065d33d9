"""What is kept from call to call, and what a cache must not swallow."""

import pytest

from ntklib.caching import remembered


class Calls(list):
    """Every argument that a remembered function was really called with."""

    def function(self, most=8):
        @remembered(most)
        def double(value):
            self.append(value)
            return 2 * value

        return double


def test_equal_arguments_are_computed_once():
    calls = Calls()
    double = calls.function()
    assert [double(each) for each in (1, 2, 1)] == [2, 4, 2]
    assert calls == [1, 2]


def test_the_oldest_result_goes_first():
    calls = Calls()
    double = calls.function(most=1)
    for each in (1, 2, 1):
        double(each)
    assert calls == [1, 2, 1]


def test_what_cannot_be_hashed_is_computed_each_time():
    calls = Calls()
    double = calls.function()
    assert [double([1]), double([1])] == [[1, 1], [1, 1]]
    assert len(calls) == 2


def test_a_type_error_of_the_function_itself_is_raised_after_one_call():
    calls = []

    @remembered(8)
    def broken(value):
        calls.append(value)
        raise TypeError("of its own")

    with pytest.raises(TypeError, match="of its own"):
        broken(1)
    assert calls == [1]
