"""E-mail addresses: one cell to the form each platform hashes.

Seven platforms' rules disagree about dots, plus tags and whitespace, so each rule is a function of
its own, named for its output. All of them start from an address that is well formed; what stands
for nothing (``noemail@...``) or for a marketplace's relay is nobody's address and becomes null.
"""

from typing import Final

import email_validator
import polars as pl

from audience_builder.matchkeys.sparing import fixed_where, in_stages

__all__ = [
    "ALREADY_HASHED",
    "MALFORMED",
    "PLACEHOLDER",
    "RELAY",
    "gmail_canonical",
    "gmail_folded",
    "kind",
    "lower_alphanumeric",
    "lower_no_dots_no_plus",
    "lower_no_plus",
    "lower_plain_characters",
    "no_whitespace_lower",
    "several",
    "trimmed_lower",
    "why_not",
]

MALFORMED: Final = "not an e-mail address"
ALREADY_HASHED: Final = "looks hashed already; declare the column as hashed"
PLACEHOLDER: Final = "stands for no address"
RELAY: Final = "a marketplace's relay address"

_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ORDINARY: Final = rf"^{_ATOM}(?:\.{_ATOM})*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{{2,}}$"
_ORDINARY_LENGTH: Final = 64  # no part can be too long in an address this short
_SPECIAL_USE: Final = rf"\.(?:{'|'.join(email_validator.SPECIAL_USE_DOMAIN_NAMES)})$"
_DIGEST: Final = r"^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$"

_PLACEHOLDER_USER: Final = (
    r"^(?:n/?a|none|null|nil|undefined|no[._-]?e?-?mail|no[._-]?reply|do[._-]?not[._-]?reply|"
    r"donot[._-]?e?mail|unknown|anonymous|x{3,}|asdf+|fake|invalid|notprovided|not[._-]provided)@|"
    r"^test@test\."
)
_PLACEHOLDER_DOMAIN: Final = r"@(?:no-?e?-?mail|none|asdf|xxx+|email-?unknown)\.[a-z]+$"
_PLACEHOLDER: Final = f"{_PLACEHOLDER_USER}|{_PLACEHOLDER_DOMAIN}"
_RELAY: Final = (
    r"@(?:marketplace\.amazon\.[a-z.]+|members\.ebay\.[a-z.]+|guest\.airbnb\.com|guest\.booking\.com|"
    r"reply\.etsy\.com|(?:[a-z0-9-]+\.)?expediapartnercentral\.com)$"
)
_SUSPECT_END: Final = rf"(?:{_SPECIAL_USE}|{_PLACEHOLDER_DOMAIN}|{_RELAY})"
"""Ends of addresses that are nobody's own, or may be none at all."""
_ROLE: Final = (
    r"^(?:info|sales|contact|kontakt|hello|support|help|service|office|admin|administrator|webmaster|"
    r"postmaster|hostmaster|abuse|billing|accounts?|accounting|invoices?|orders?|marketing|hr|jobs|team|"
    r"mail|enquiries|inquiries|reception|shop|store|purchasing|purchase|newsletter|press|privacy|security)@"
)


def trimmed_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Spaces around the address go, letters become lower case, dots and plus tags stay.

    An international domain is written in its ASCII form. Malformed addresses, placeholders and
    marketplace relays are unusable.

    Sources: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences;
    https://developers.snap.com/api/marketing-api/Ads-API/audience-segments;
    https://developers.openai.com/ads/custom-audiences

    >>> from audience_builder.matchkeys import apply
    >>> apply(trimmed_lower, [" John_Smith+a@Gmail.com ", "ann@bücher.example.com", "ann@", "none@none.com"])
    ['john_smith+a@gmail.com', 'ann@xn--bcher-kva.example.com', None, None]
    """
    del country  # an address looks the same everywhere
    return in_stages(value, _trimmed_and_lower, _usable)


def no_whitespace_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """All whitespace goes, also inside; otherwise ``trimmed_lower``.

    Source: https://business-api.tiktok.com/portal/docs?id=1739940585432066

    >>> from audience_builder.matchkeys import apply
    >>> apply(no_whitespace_lower, ["ja ne@example.com"])
    ['jane@example.com']
    """
    del country  # an address looks the same everywhere
    return in_stages(value, _spaceless_and_lower, _usable)


def lower_no_dots_no_plus(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``no_whitespace_lower``, the user part cut at its first ``+`` and rid of dots, at every domain.

    Source: https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration

    >>> from audience_builder.matchkeys import apply
    >>> apply(lower_no_dots_no_plus, ["Jane_Doe.x+vip@Example.com", "+vip@example.com"])
    ['jane_doex@example.com', None]
    """
    return in_stages(no_whitespace_lower(value, country), _without_plus, _without_dots)


def lower_no_plus(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``no_whitespace_lower``, the user part cut at its first ``+``, at every domain.

    Source: https://ads.tiktok.com/help/article/customer-file-audience

    >>> from audience_builder.matchkeys import apply
    >>> apply(lower_no_plus, ["Jane.Doe+vip@Example.com"])
    ['jane.doe@example.com']
    """
    return in_stages(no_whitespace_lower(value, country), _without_plus)


def lower_alphanumeric(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``trimmed_lower``, the user part cut at its first ``+`` and kept to a-z and 0-9, at every domain.

    Source: https://business.reddithelp.com/s/article/about-event-metadata (e-mail canonicalisation)

    >>> from audience_builder.matchkeys import apply
    >>> apply(lower_alphanumeric, ["Al.ice$+Apple@Example.Com", "_@example.com"])
    ['alice@example.com', None]
    """
    return in_stages(trimmed_lower(value, country), _without_plus, _alphanumeric_user)


def gmail_canonical(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``trimmed_lower``; at ``gmail.com`` alone the user part loses its dots and its plus tag.

    Source: https://unifiedid.com/docs/getting-started/gs-normalization-encoding

    >>> from audience_builder.matchkeys import apply
    >>> apply(gmail_canonical, ["Jane.Doe+vip@Gmail.com", "Jane.Doe+vip@googlemail.com"])
    ['janedoe@gmail.com', 'jane.doe+vip@googlemail.com']
    """
    return _folded_at(trimmed_lower(value, country), r"@gmail\.com$")


def gmail_folded(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``no_whitespace_lower``; at ``gmail.com`` and ``googlemail.com`` without dots and plus tag.

    The domain stays as it is.

    Source: https://developers.google.com/data-manager/api/devguides/concepts/formatting

    >>> from audience_builder.matchkeys import apply
    >>> apply(gmail_folded, ["cloudy.sanfrancisco+shopping@gmail.com", "A.B@googlemail.com", "a.b@example.com"])
    ['cloudysanfrancisco@gmail.com', 'ab@googlemail.com', 'a.b@example.com']
    """
    return _folded_at(no_whitespace_lower(value, country), r"@(?:gmail|googlemail)\.com$")


def lower_plain_characters(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``trimmed_lower``, then only a-z, 0-9 and ``_.@-`` stay: the ``+`` goes, what follows it stays.

    Source: https://github.com/aws-solutions/amazon-marketing-cloud-uploader-from-aws

    >>> from audience_builder.matchkeys import apply
    >>> apply(lower_plain_characters, ["Jane.Doe+vip@Gmail.com", "user!#$%^&*@domain.com"])
    ['jane.doevip@gmail.com', 'user@domain.com']
    """
    return in_stages(trimmed_lower(value, country), _plain_characters)


def several(value: pl.Expr) -> pl.Expr:
    """The addresses of one cell, in order: a list of texts, not yet normalised.

    People write two addresses into one cell, parted by ``;``, ``,``, ``|``, ``/`` or whitespace, or a
    name before an address in angle brackets. A cell with one ``@`` is one address, spaces and all.

    >>> pl.select(several(pl.lit("ann@example.com; Bob <bob@example.org>"))).item().to_list()
    ['ann@example.com', 'bob@example.org']
    """
    many = value.str.count_matches("@", literal=True) > 1
    named = value.str.contains(r"<[^<>@]+@[^<>@]+>")
    alone = pl.concat_list(value.str.strip_chars())
    found = value.str.extract_all(r"[^\s;,<>|\"():/@][^\s;,<>|\"():@]*@[^\s;,<>|\"():/@]+")
    return pl.when(value.is_not_null()).then(pl.when(many | named).then(found).otherwise(alone))


def kind(value: pl.Expr) -> pl.Expr:
    """``placeholder``, ``role`` or ``relay`` for addresses that are no person's own, else null.

    Placeholders stand for a missing address; relays belong to a marketplace and die with the order;
    roles are read by whoever is on duty, are kept, and rarely match. Apple's private relay is a real
    person's address and is neither.

    >>> from audience_builder.matchkeys import apply
    >>> apply(lambda v, c: kind(v), ["Noemail@example.com", "a@marketplace.amazon.de", "info@example.com", "a@b.de"])
    ['placeholder', 'relay', 'role', None]
    """
    address = value.str.strip_chars().str.to_lowercase()
    return (
        pl.when(address.str.contains(_PLACEHOLDER))
        .then(pl.lit("placeholder"))
        .when(address.str.contains(_RELAY))
        .then(pl.lit("relay"))
        .when(address.str.contains(_ROLE))
        .then(pl.lit("role"))
    )


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell is no usable address, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["ann@", "none@none.com", "ann@example.com", " "])
    ['not an e-mail address', 'stands for no address', None, None]
    """
    del country  # an address looks the same everywhere
    return in_stages(value, _spaceless_and_lower, _reason)


def _reason(address: pl.Expr) -> pl.Expr:
    return (
        pl.when(address.str.len_bytes() == 0)
        .then(None)
        .when(address.str.contains(_PLACEHOLDER))
        .then(pl.lit(PLACEHOLDER))
        .when(address.str.contains(_RELAY))
        .then(pl.lit(RELAY))
        .when(address.str.contains(_DIGEST))
        .then(pl.lit(ALREADY_HASHED))
        .when(address.is_not_null() & _well_formed(address).is_null())
        .then(pl.lit(MALFORMED))
    )


def _trimmed_and_lower(value: pl.Expr) -> pl.Expr:
    return value.str.strip_chars().str.to_lowercase()


def _spaceless_and_lower(value: pl.Expr) -> pl.Expr:
    trimmed = _trimmed_and_lower(value)
    return fixed_where(trimmed, lambda text: text.str.contains(r"\s"), lambda text: text.str.replace_all(r"\s+", ""))


def _usable(address: pl.Expr) -> pl.Expr:
    """The address if it is one and belongs to someone; two patterns settle nearly all."""

    def odd(text: pl.Expr) -> pl.Expr:
        suspect = text.str.contains(_SUSPECT_END) | text.str.contains(_PLACEHOLDER_USER)
        return ~_has_ordinary_shape(text) | suspect

    return fixed_where(address, odd, lambda text: in_stages(text, _well_formed, _belonging_to_someone))


def _well_formed(address: pl.Expr) -> pl.Expr:
    """The address if it is one, its domain in ASCII; ``address`` is lower case."""
    return fixed_where(address, lambda text: ~_is_ordinary(text), _checked_one_by_one)


def _is_ordinary(address: pl.Expr) -> pl.Expr:
    """True for plain addresses, which need no second look."""
    return _has_ordinary_shape(address) & ~address.str.contains(_SPECIAL_USE)


def _has_ordinary_shape(address: pl.Expr) -> pl.Expr:
    return address.str.contains(_ORDINARY) & (address.str.len_bytes() <= _ORDINARY_LENGTH)


def _checked_one_by_one(address: pl.Expr) -> pl.Expr:
    def batch(cells: pl.Series) -> pl.Series:
        odd = cells.unique().drop_nulls()
        checked = pl.Series([_checked(text) for text in odd], dtype=pl.String)
        return cells.replace_strict(odd, checked, default=None, return_dtype=pl.String)

    return address.map_batches(batch, return_dtype=pl.String, is_elementwise=True)


def _checked(text: str) -> str | None:
    if "@" not in text:
        return None
    try:
        found = email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}".lower()


def _belonging_to_someone(address: pl.Expr) -> pl.Expr:
    return pl.when(~address.str.contains(_PLACEHOLDER) & ~address.str.contains(_RELAY)).then(address)


def _without_plus(address: pl.Expr) -> pl.Expr:
    """Cut the user part at its first ``+``; null where nothing stands before it."""
    cut = fixed_where(
        address,
        lambda text: text.str.contains("+", literal=True),
        lambda text: text.str.replace(r"^([^+@]*)\+.*(@[^@]*)$", "${1}${2}"),
    )
    return _with_a_user(cut)


def _without_dots(address: pl.Expr) -> pl.Expr:
    return _with_a_user(_user(address).str.replace_all(".", "", literal=True) + _at_domain(address))


def _alphanumeric_user(address: pl.Expr) -> pl.Expr:
    return _with_a_user(_user(address).str.replace_all(r"[^a-z0-9]+", "") + _at_domain(address))


def _plain_characters(address: pl.Expr) -> pl.Expr:
    return _with_a_user(address.str.replace_all(r"[^a-z0-9_.@-]+", ""))


def _user(address: pl.Expr) -> pl.Expr:
    return address.str.extract(r"^(.*)@")


def _at_domain(address: pl.Expr) -> pl.Expr:
    return address.str.extract(r"(@[^@]*)$")


def _with_a_user(address: pl.Expr) -> pl.Expr:
    """Null where nothing is left before the ``@``."""
    return in_stages(address, lambda text: pl.when(~text.str.starts_with("@")).then(text))


def _folded_at(address: pl.Expr, domains: str) -> pl.Expr:
    """Without dots and plus tag where the domain folds them."""
    return fixed_where(
        address,
        lambda text: text.str.contains(domains),
        lambda text: in_stages(text, _without_plus, _without_dots),
    )
