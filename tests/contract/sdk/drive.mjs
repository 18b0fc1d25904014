// Drives a sandbox with the official SDK and prints what it got as one JSON document.
// usage: node drive.mjs SANDBOX_URL ACCESS_TOKEN ORGANIZATION PAYMENT_ID OTHER_PAYMENT_ID
import { CommerceLayer } from '@commercelayer/sdk/bundle'

const [sandbox, accessToken, organization, paymentId, otherId] = process.argv.slice(2)

// The SDK knows only the vendor's hosts: send what it asks for to the sandbox instead.
const toSandbox = (url, init) => {
  const asked = new URL(url instanceof Request ? url.url : url)
  return fetch(new URL(asked.pathname + asked.search, sandbox), init)
}

const sdk = CommerceLayer({ organization, accessToken, fetch: toSandbox })

const list = await sdk.stripe_payments.list({
  include: ['order'],
  fields: { stripe_payments: ['order'], orders: ['status', 'payment_status'] },
  filters: { id_in: `${paymentId},${otherId}` },
  pageSize: 25,
})
const retrieved = await sdk.stripe_payments.retrieve(paymentId, { include: ['order'] })
const relatedOrder = await sdk.stripe_payments.order(paymentId)
const refreshed = await sdk.stripe_payments._refresh(paymentId, { include: ['order'] })
const orders = await sdk.orders.list({
  include: ['payment_source', 'authorizations'],
  filters: {
    status_in: 'placing,placed',
    payment_status_eq: 'unpaid',
    payment_method_payment_source_type_eq: 'stripe_payments',
  },
  sort: ['id'],
  pageSize: 25,
})
const order = await sdk.orders.retrieve(refreshed.order.id, {
  include: ['payment_method', 'authorizations', 'authorizations.payment_source'],
})
const webhook = await sdk.webhooks.create({
  name: 'from the SDK',
  topic: 'orders.place',
  callback_url: 'http://127.0.0.1:9/orders.place',
  include_resources: ['payment_source'],
})
const renewed = await sdk.webhooks.update({ id: webhook.id, _regenerate_shared_secret: true })
const disabled = await sdk.webhooks._disable(webhook.id)
await sdk.webhooks.delete(webhook.id)
const webhooksLeft = await sdk.webhooks.count()
const missing = await sdk.stripe_payments.retrieve('doesNotExist').catch((error) => ({
  status: error.status,
  code: error.first().code,
  isApiError: sdk.isApiError(error),
}))

console.log(
  JSON.stringify({
    list: { count: list.meta.recordCount, pages: list.meta.pageCount, payments: [...list] },
    retrieved,
    relatedOrder,
    refreshed,
    orders: { count: orders.meta.recordCount, orders: [...orders] },
    order,
    secrets: [webhook.shared_secret, renewed.shared_secret],
    disabledAt: disabled.disabled_at,
    webhooksLeft,
    missing,
  }),
)
