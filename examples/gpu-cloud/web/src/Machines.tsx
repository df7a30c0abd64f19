// Pods and Instant Clusters.
import { type Items, type Machine, type Permission, dollars, useSection } from "./use-section";
import { SelectField, Frame, Guarded, Line, Rows, TextField } from "./components";

const GPUS = ["rtx-4090", "a100-80gb", "h100-80gb"];

export function Machines({ title, path, see, change }: { title: string; path: string; see: Permission; change: Permission }) {
  const section = useSection<Items<Machine>>(path, see);
  const { data, send } = section;
  return (
    <Frame title={title} section={section} see={see} change={change} what={`create, start, stop and delete ${title}`}>
      <Line label={`Create in ${title}`} permission={change} submit="Create" onSend={({ name, gpu }) => send("POST", path, { name, gpu })}>
        <TextField name="name" label="Name" placeholder="trainer" maxLength={64} />
        <SelectField name="gpu" label="GPU" options={GPUS} />
      </Line>
      <Rows items={data?.items} none={`No ${title} yet.`}>
        {(machine) => (
          <>
            <div className="what">
              <strong>{machine.name}</strong> <span className={`chip ${machine.state}`}>{machine.state}</span>
              <div className="quiet">
                {machine.gpu_count} × {machine.gpu} · {dollars(machine.micros_per_hour)} an hour
              </div>
            </div>
            <div className="acts">
              {machine.state === "running" ? (
                <Guarded permission={change} label={`Stop ${machine.name}`} onPress={() => void send("POST", `${path}/${machine.id}/stop`)}>
                  Stop
                </Guarded>
              ) : (
                <Guarded permission={change} label={`Start ${machine.name}`} onPress={() => void send("POST", `${path}/${machine.id}/start`)}>
                  Start
                </Guarded>
              )}
              <Guarded permission={change} kind="danger" label={`Delete ${machine.name}`} onPress={() => void send("DELETE", `${path}/${machine.id}`)}>
                Delete
              </Guarded>
            </div>
            {machine.connect && <code className="wide">{machine.connect}</code>}
          </>
        )}
      </Rows>
    </Frame>
  );
}
