"""Currency codes, and how many digits their minor units have."""

from typing import Final

import polars as pl

from audience_builder import schemas

__all__ = ["CURRENCIES", "minor_unit"]

# ISO 4217 codes in use: https://www.six-group.com/en/products-services/financial-information/data-standards.html
CURRENCIES: Final = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
    CDF CHF CLF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT
    LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
    OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN
    SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF
    XPF YER ZAR ZMW ZWG ZWL
    """.split(),
)

# Digits of the minor unit as Stripe counts them: https://docs.stripe.com/currencies (ISK and UGX are sent
# with two digits although they have no minor unit).
_NO_DIGITS: Final = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()
_THREE_DIGITS: Final = ("BHD", "JOD", "KWD", "OMR", "TND")


def minor_unit(currency: pl.Expr) -> pl.Expr:
    """One minor unit in major units, as Stripe counts them.

    >>> pl.DataFrame({"c": ["USD", "JPY", "KWD"]}).select(minor_unit(pl.col("c"))).to_series().to_list()
    [Decimal('0.0100'), Decimal('1.0000'), Decimal('0.0010')]
    """
    return (
        pl.when(currency.is_in(_NO_DIGITS))
        .then(pl.lit("1"))
        .when(currency.is_in(_THREE_DIGITS))
        .then(pl.lit("0.001"))
        .otherwise(pl.lit("0.01"))
        .cast(schemas.MONEY)
    )
