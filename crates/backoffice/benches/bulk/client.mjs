// The same refunds by Node's own client: signed, a window of them at once, and nothing is kept. Prints its wall
// time and its processor time in ms.
import { createHmac, randomUUID } from "node:crypto";

const [url, secret, countText, atOnceText] = process.argv.slice(2);
const count = Number(countText);

function signed(method, transaction, body) {
  const headers = {
    "checkout-account": "375917",
    "checkout-algorithm": "sha256",
    "checkout-method": method,
    "checkout-nonce": randomUUID(),
    "checkout-timestamp": new Date().toISOString(),
    "checkout-transaction-id": transaction,
  };
  const lines = Object.keys(headers).sort().map((name) => `${name}:${headers[name]}`);
  const signature = createHmac("sha256", secret).update([...lines, body].join("\n")).digest("hex");
  return { ...headers, signature, "content-type": "application/json; charset=utf-8" };
}

const history = await (await fetch(`${url}/_sandbox/payments`)).json();
const payments = history.payments
  .filter((payment) => payment.status === "ok" && payment.provider === "klarna")
  .slice(0, count);
if (payments.length < count) throw new Error(`only ${payments.length} payments`);

const cpu = process.cpuUsage();
const start = performance.now();
let next = 0;
async function work() {
  while (next < payments.length) {
    const payment = payments[next++];
    const id = payment.transactionId;
    const body = JSON.stringify({
      amount: 100,
      refundStamp: randomUUID(),
      callbackUrls: { success: "https://example.com/ok", cancel: "https://example.com/no" },
    });
    const headers = signed("POST", id, body);
    const answer = await fetch(`${url}/payments/${id}/refund`, { method: "POST", headers, body });
    const text = await answer.text();
    createHmac("sha256", secret).update(text).digest("hex");
    if (answer.status >= 300 && !text.includes("amount")) throw new Error(`${answer.status} ${text}`);
  }
}
await Promise.all(Array.from({ length: Number(atOnceText) }, work));
const wall = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
console.log(wall.toFixed(1), ((user + system) / 1000).toFixed(1));
