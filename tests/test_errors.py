import pytest

from audience_builder import errors

EXIT_CODES = {
    "AudienceBuilderError": 1, "ConfigError": 2, "DataError": 3, "BrakeError": 4, "DeliveryError": 5,
    "Rejected": 5, "NotAuthorised": 5, "TryAgain": 6,
}  # fmt: skip


def test_the_tree_drawn_in_the_module_is_the_tree_there_is():
    drawn = [name for name in EXIT_CODES if name in (errors.__doc__ or "")]
    assert drawn == list(EXIT_CODES)
    assert sorted(errors.__all__) == sorted(EXIT_CODES)


@pytest.mark.parametrize(("name", "code"), EXIT_CODES.items())
def test_each_error_has_its_documented_exit_code(name, code):
    assert getattr(errors, name).exit_code == code


def test_a_message_joins_its_three_parts():
    error = errors.DataError("No date.", "Column when is blank.", "Use --map.")
    assert str(error) == "No date. Column when is blank. Use --map."
