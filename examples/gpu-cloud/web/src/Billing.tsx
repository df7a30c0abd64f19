// Usage and payment methods of the account.
import { useEffect } from "react";
import { CHANGED_EVENT, type Bill, type Items, type PaymentMethod, dollars, times, useSection } from "./use-section";
import { SelectField, Frame, Guarded, Line, Rows, TextField } from "./components";

const METHODS = "/api/billing/payment-methods";

export function Billing() {
  return (
    <>
      <Usage />
      <PaymentMethods />
    </>
  );
}

const when = (text: string) => new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

function Usage() {
  const section = useSection<Bill>("/api/billing", "billing.view");
  const { data, reload } = section;
  useEffect(() => {
    addEventListener(CHANGED_EVENT, reload);
    return () => removeEventListener(CHANGED_EVENT, reload);
  }, [reload]);
  return (
    <Frame title="Usage" section={section} see="billing.view" change="billing.view" what="see the usage">
      {data && (
        <p className="total">
          <strong>{dollars(data.total_micros)}</strong> so far, {dollars(data.micros_per_hour)} an hour{" "}
          <button type="button" onClick={reload}>
            Refresh
          </button>
        </p>
      )}
      <Rows items={data?.items} none="No usage yet.">
        {(line) => (
          <>
            <div className="what">
              <strong>{line.resource.name}</strong> <span className="quiet">{line.resource.type}</span>
              <div className="quiet">
                {line.resource.type === "endpoint" ? times(line.requests, "request") : line.what} · {when(line.started_at)} –{" "}
                {line.ended_at ? when(line.ended_at) : "now"}
              </div>
            </div>
            <strong className="amount">{dollars(line.micros)}</strong>
          </>
        )}
      </Rows>
    </Frame>
  );
}

function PaymentMethods() {
  const section = useSection<Items<PaymentMethod>>(METHODS, "billing.manage");
  const { data, send } = section;
  return (
    <Frame title="Payment methods" section={section} see="billing.manage" change="billing.manage" what="manage payment methods">
      <Line
        label="Add a payment method"
        permission="billing.manage"
        submit="Add"
        onSend={({ brand, last4, exp }) => send("POST", METHODS, { brand, last4, exp })}
      >
        <SelectField name="brand" label="Card" options={["visa", "mastercard", "amex"]} />
        <TextField name="last4" label="Last four" placeholder="4242" pattern="\d{4}" maxLength={4} />
        <TextField name="exp" label="Expires" placeholder="12/29" pattern="(0[1-9]|1[0-2])/\d{2}" maxLength={5} />
      </Line>
      <Rows items={data?.items} none="No payment methods yet.">
        {(card) => (
          <>
            <div className="what">
              <strong>
                {card.brand} ···· {card.last4}
              </strong>
              <div className="quiet">until {card.exp}</div>
            </div>
            <div className="acts">
              <Guarded
                permission="billing.manage"
                kind="danger"
                label={`Remove ${card.brand} ${card.last4}`}
                onPress={() => void send("DELETE", `${METHODS}/${card.id}`)}
              >
                Remove
              </Guarded>
            </div>
          </>
        )}
      </Rows>
    </Frame>
  );
}
