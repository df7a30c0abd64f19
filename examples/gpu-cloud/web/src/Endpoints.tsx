// Serverless endpoints, and the response to the last request.
import { useState } from "react";
import { type Endpoint, type Items, times, useSection } from "./use-section";
import { Frame, Guarded, Line, Rows, TextField } from "./components";

const PATH = "/api/endpoints";

export function Endpoints() {
  const section = useSection<Items<Endpoint>>(PATH, "endpoints.invoke");
  const [output, setOutput] = useState<{ endpoint: string; embedding: number[] }>();
  const { data, send } = section;
  const invoke = async (id: string, input: string) => {
    const response = await send<{ output: { embedding: number[] } }>("POST", `${PATH}/${id}/requests`, { input });
    if (response) setOutput({ endpoint: id, embedding: response.output.embedding });
  };
  return (
    <Frame title="Serverless endpoints" section={section} see="endpoints.invoke" change="endpoints.manage" what="create and delete endpoints">
      <Line label="Create an endpoint" permission="endpoints.manage" submit="Create" onSend={({ name }) => send("POST", PATH, { name })}>
        <TextField name="name" label="Name" placeholder="embed" maxLength={64} />
      </Line>
      <Rows items={data?.items} none="No endpoints yet.">
        {(endpoint) => (
          <>
            <div className="what">
              <strong>{endpoint.name}</strong>
              <div className="quiet">{times(endpoint.requests, "request")}</div>
            </div>
            <div className="acts">
              <Guarded
                permission="endpoints.manage"
                kind="danger"
                label={`Delete ${endpoint.name}`}
                onPress={() => void send("DELETE", `${PATH}/${endpoint.id}`)}
              >
                Delete
              </Guarded>
            </div>
            <div className="wide">
              <Line
                label={`Send a request to ${endpoint.name}`}
                permission="endpoints.invoke"
                submit="Send"
                onSend={({ input }) => invoke(endpoint.id, input ?? "")}
              >
                <TextField name="input" label="Input" placeholder="Some text" maxLength={4096} />
              </Line>
              {output?.endpoint === endpoint.id && <output>[{output.embedding.join(", ")}]</output>}
            </div>
          </>
        )}
      </Rows>
    </Frame>
  );
}
