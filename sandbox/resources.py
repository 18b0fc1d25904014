"""The table of resource types the sandbox serves, after Commerce Layer's published resource metadata."""

from __future__ import annotations

from sandbox.gateways import GATEWAYS, gateway_type
from sandbox.schema import Relation, ResourceType

_BASE = ("created_at", "updated_at", "reference", "reference_origin", "metadata")
_BASE_FILTERS = frozenset(_BASE)
_BASE_WRITABLE = frozenset({"reference", "reference_origin", "metadata"})

PAYMENT_TYPES = ("stripe_payments", "checkout_com_payments", "satispay_payments")
"""The payment sources that know ``_refresh``."""

PLAIN_PAYMENT_TYPES = ("paypal_payments", "wire_transfers")
"""Payment sources that orders here may have, and that do not know it."""

SOURCE_TYPES = (*PAYMENT_TYPES, *PLAIN_PAYMENT_TYPES)
"""All payment sources that orders here may have."""

_ABSENT = ("adyen", "axerve", "braintree", "external", "klarna")

ABSENT_TYPES = frozenset(f"{name}_{kind}" for name in _ABSENT for kind in ("payments", "gateways"))
"""Payment sources that no order here has, and their gateways; sparse fields may be asked for all the same."""

_EVENT_STORES = Relation(("event_stores",), many=True, filterable=False, includable=False)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _amounts(text: str) -> tuple[str, ...]:
    """Each amount is three attributes: in cents, as a float, formatted."""
    stems = (f"{name}_amount" for name in text.split())
    return tuple(name for stem in stems for name in (f"{stem}_cents", f"{stem}_float", f"formatted_{stem}"))


def _payment(name: str, attributes: str, *, filters: str = "", order_filterable: bool = True) -> ResourceType:
    return ResourceType(
        name=name,
        attributes=_words(attributes) + _BASE,
        relations={
            "order": Relation(("orders",), filterable=order_filterable),
            "payment_gateway": Relation((gateway_type(name),), filterable=False),
            "event_stores": _EVENT_STORES,
        },
        filterable=_BASE_FILTERS | frozenset(filters.split()),
        updatable=_BASE_WRITABLE,
        triggers=frozenset({"_refresh"} if name in PAYMENT_TYPES else ()),
        methods=frozenset({"list", "retrieve", "update"}),
    )


def _transaction(name: str, attributes: tuple[str, ...] = (), *, many: str = "", one: str = "") -> ResourceType:
    """Describe a kind of transaction; `many` are those that follow on it, `one` is what it follows on."""
    shared = _words(
        "number type payment_method_type currency_code amount_cents amount_float formatted_amount succeeded "
        "message error_code error_detail token gateway_transaction_id"
    )
    return ResourceType(
        name=name,
        attributes=shared + attributes + _BASE,
        relations={
            "order": Relation(("orders",)),
            "payment_source": Relation(SOURCE_TYPES),
            "events": Relation(("events",), many=True),
            "event_stores": _EVENT_STORES,
            **{relation: Relation((relation,), many=True) for relation in many.split()},
            **{f"reference_{relation}": Relation((f"{relation}s",)) for relation in one.split()},
        },
        filterable=_BASE_FILTERS
        | frozenset(
            _words(
                "number type currency_code amount_cents succeeded message error_code error_detail token "
                "gateway_transaction_id"
            )
        ),
    )


_ORDERS = ResourceType(
    name="orders",
    attributes=_words(
        "number affiliate_code autorefresh place_async status payment_status fulfillment_status guest editable "
        "customer_email customer_type language_code currency_code tax_included tax_rate freight_taxable "
        "payment_method_taxable adjustment_taxable gift_card_taxable requires_billing_info country_code "
        "shipping_country_code_lock coupon_code gift_card_code gift_card_or_coupon_code"
    )
    + _amounts(
        "subtotal shipping payment_method discount adjustment gift_card total_tax subtotal_tax shipping_tax "
        "payment_method_tax adjustment_tax total total_taxable subtotal_taxable shipping_taxable "
        "payment_method_taxable adjustment_taxable fees duty place_total"
    )
    + _words(
        "total_amount_with_taxes_cents total_amount_with_taxes_float formatted_total_amount_with_taxes "
        "skus_count line_item_options_count shipments_count tax_calculations_count validations_count "
        "errors_count payment_source_details token cart_url return_url terms_url privacy_url checkout_url "
        "placed_at approved_at cancelled_at payment_updated_at fulfillment_updated_at refreshed_at archived_at "
        "subscription_created_at "
        "expires_at expiration_info circuit_state circuit_failure_count"
    )
    + _BASE,
    relations={
        **{
            name: Relation((targets,))
            for name, targets in {
                "market": "markets",
                "customer": "customers",
                "shipping_address": "addresses",
                "billing_address": "addresses",
                "store": "stores",
                "payment_method": "payment_methods",
                "order_subscription": "order_subscriptions",
            }.items()
        },
        "payment_source": Relation(SOURCE_TYPES),
        **{
            name: Relation((name,), many=True)
            for name in _words(
                "line_items shipments payment_options transactions authorizations captures voids refunds returns "
                "attachments notifications links resource_errors events tags"
            )
        },
        "event_stores": _EVENT_STORES,
    },
    filterable=_BASE_FILTERS
    | frozenset(
        _words(
            "number affiliate_code place_async status payment_status fulfillment_status guest customer_email "
            "language_code currency_code tax_included tax_rate country_code coupon_code gift_card_code "
            "subtotal_amount_cents shipping_amount_cents discount_amount_cents total_amount_cents "
            "payment_source_details token placed_at approved_at cancelled_at payment_updated_at "
            "fulfillment_updated_at refreshed_at archived_at subscription_created_at expires_at circuit_state "
            "circuit_failure_count"
        )
    ),
)

_PAYMENT_METHODS = ResourceType(
    name="payment_methods",
    attributes=_words(
        "name payment_source_type currency_code moto require_capture auto_place auto_capture disabled_at"
    )
    + _amounts("price auto_capture_max")
    + _BASE,
    relations={
        "market": Relation(("markets",)),
        "payment_gateway": Relation(tuple(kind.name for kind in GATEWAYS)),
        "store": Relation(("stores",)),
        "attachments": Relation(("attachments",), many=True),
        "event_stores": _EVENT_STORES,
    },
    filterable=_BASE_FILTERS | frozenset(_words("name payment_source_type currency_code disabled_at")),
)

_WEBHOOK_WRITABLE = _BASE_WRITABLE | frozenset(_words("name topic callback_url include_resources"))

_WEBHOOKS = ResourceType(
    name="webhooks",
    attributes=_words(
        "name topic callback_url include_resources disabled_at circuit_state circuit_failure_count shared_secret"
    )
    + _BASE,
    relations={
        "last_event_callbacks": Relation(("event_callbacks",), many=True, filterable=False),
        "event_stores": _EVENT_STORES,
    },
    filterable=_BASE_FILTERS | frozenset(_words("name topic disabled_at circuit_state circuit_failure_count")),
    creatable=_WEBHOOK_WRITABLE,
    updatable=_WEBHOOK_WRITABLE,
    triggers=frozenset(_words("_enable _disable _reset_circuit _regenerate_shared_secret")),
    methods=frozenset({"list", "retrieve", "create", "update", "delete"}),
)

_CALLBACKS = Relation(("event_callbacks",), many=True, filterable=False)

_EVENTS = (
    ResourceType(
        name="events",
        attributes=("name", *_BASE),
        relations={
            "webhooks": Relation(("webhooks",), many=True, filterable=False),
            "last_event_callbacks": _CALLBACKS,
            "event_stores": _EVENT_STORES,
        },
        filterable=_BASE_FILTERS | {"name"},
    ),
    # Without its payload, which is not kept here.
    ResourceType(
        name="event_callbacks",
        attributes=("callback_url", "response_code", "response_message", *_BASE),
        relations={"webhook": Relation(("webhooks",)), "event_stores": _EVENT_STORES},
        filterable=_BASE_FILTERS | {"callback_url", "response_code", "response_message"},
    ),
)

TYPES: dict[str, ResourceType] = {
    resource.name: resource
    for resource in (
        _ORDERS,
        # Deliberately without any state: a stripe payment does not say whether it was authorized.
        _payment(
            "stripe_payments",
            "stripe_id client_secret connected_account charge_id publishable_key on_behalf_of transfer_group "
            "options payment_method mismatched_amounts return_url receipt_email payment_instrument",
            order_filterable=False,
        ),
        _payment(
            "checkout_com_payments",
            "public_key token payment_session success_url failure_url source_id customer_token redirect_uri "
            "payment_response mismatched_amounts payment_instrument",
        ),
        _payment(
            "satispay_payments",
            "payment_id flow status redirect_url payment_url payment_response payment_instrument",
            filters="payment_id flow status",
        ),
        _payment(
            "paypal_payments",
            "return_url cancel_url note_to_payer paypal_payer_id name paypal_id status approval_url "
            "mismatched_amounts payment_instrument",
        ),
        _payment("wire_transfers", "payment_instrument"),
        _transaction(
            "authorizations",
            _words("cvv_code cvv_message avs_code avs_message fraud_review")
            + _amounts("capture")
            + _words(
                "capture_balance_cents capture_balance_float formatted_capture_balance void_balance_cents "
                "void_balance_float formatted_void_balance"
            ),
            many="captures voids",
        ),
        _transaction("captures", _amounts("refund"), many="refunds", one="authorization"),
        _transaction("voids", one="authorization"),
        _transaction("refunds", one="capture"),
        _PAYMENT_METHODS,
        _WEBHOOKS,
        *_EVENTS,
        *GATEWAYS,
    )
}
"""Every type with endpoints of its own, by name."""
