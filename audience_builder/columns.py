"""Every column name our own tables use; nobody else spells one."""

from typing import Final

# Where a row came from.
SOURCE: Final = "source"
SOURCE_ROW: Final = "source_row"

# Who bought: contact text as found in the source, trimmed, otherwise untouched.
CUSTOMER_ID: Final = "customer_id"
EMAIL: Final = "email"
EMAIL_2: Final = "email_2"
EMAIL_3: Final = "email_3"
PHONE: Final = "phone"
PHONE_2: Final = "phone_2"
PHONE_3: Final = "phone_3"
FIRST_NAME: Final = "first_name"
LAST_NAME: Final = "last_name"
FULL_NAME: Final = "full_name"
CITY: Final = "city"
STATE: Final = "state"
POSTAL_CODE: Final = "postal_code"
COUNTRY: Final = "country"
GENDER: Final = "gender"
DATE_OF_BIRTH: Final = "date_of_birth"
MOBILE_ID: Final = "mobile_id"
CONSENT: Final = "consent"
DO_NOT_SELL: Final = "do_not_sell"
"""Read from files only: a yes turns ``consent`` into a no."""

ERASED: Final = "erased"
"""Whether a record, or any record of a customer, carries an identifier of somebody who had herself erased."""

# What was bought.
ORDER_ID: Final = "order_id"
ORDERED_AT: Final = "ordered_at"
CURRENCY: Final = "currency"
GROSS_AMOUNT: Final = "gross_amount"
REFUNDED_AMOUNT: Final = "refunded_amount"
NET_AMOUNT: Final = "net_amount"
STATUS: Final = "status"
ORDERS_COUNT: Final = "orders_count"
FIRST_ORDER_AT: Final = "first_order_at"
LAST_ORDER_AT: Final = "last_order_at"

# Keys that join records into customers.
EMAIL_KEY: Final = "email_key"
EMAIL_KEY_2: Final = "email_key_2"
EMAIL_KEY_3: Final = "email_key_3"
PHONE_KEY: Final = "phone_key"
CUSTOMER_KEY: Final = "customer_key"

# One row per customer.
ORDERS: Final = "orders"
TOTAL_PAID: Final = "total_paid"
TOTAL_REFUNDED: Final = "total_refunded"
NET_PAID: Final = "net_paid"
RECENCY_DAYS: Final = "recency_days"
FREQUENCY: Final = "frequency"
MONETARY: Final = "monetary"
RFM_SCORE: Final = "rfm_score"
SEGMENT: Final = "segment"
CLV_HISTORIC: Final = "clv_historic"
CLV_FORMULA: Final = "clv_formula"
CLV_PREDICTED: Final = "clv_predicted"
CLV_LOW: Final = "clv_low"
CLV_HIGH: Final = "clv_high"
P_ALIVE: Final = "p_alive"
EXPECTED_ORDERS: Final = "expected_orders"
EXPECTED_ORDER_VALUE: Final = "expected_order_value"
VALUE: Final = "value"

# Reject files.
FILE: Final = "file"
LINE: Final = "line"
COLUMN: Final = "column"
REASON: Final = "reason"

EMAILS: Final = (EMAIL, EMAIL_2, EMAIL_3)
PHONES: Final = (PHONE, PHONE_2, PHONE_3)
EMAIL_KEYS: Final = (EMAIL_KEY, EMAIL_KEY_2, EMAIL_KEY_3)

COUNTING: Final = ("paid", "partially_refunded", "refunded", "chargeback")
"""Statuses whose amounts enter sums; the others never brought money in."""

FORECAST: Final = (CLV_PREDICTED, CLV_LOW, CLV_HIGH, P_ALIVE, EXPECTED_ORDERS, EXPECTED_ORDER_VALUE)
"""What a forecast says of a customer; worked out when asked for."""

MONEY_SCALE: Final = 4
"""Decimals of every amount."""
