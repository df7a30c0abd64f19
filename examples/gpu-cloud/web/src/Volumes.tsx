// Network volumes, visible to all members.
import { type Items, type Volume, dollars, useSection } from "./use-section";
import { Frame, Guarded, Line, Rows, TextField } from "./components";

const PATH = "/api/volumes";
const STEP_GB = 50;

export function Volumes() {
  const section = useSection<Items<Volume>>(PATH, "team.access");
  const { data, send } = section;
  return (
    <Frame title="Network volumes" section={section} see="team.access" change="volumes.manage" what="create, change and delete volumes">
      <Line
        label="Create a volume"
        permission="volumes.manage"
        submit="Create"
        onSend={({ name, size_gb }) => send("POST", PATH, { name, size_gb: Number(size_gb) })}
      >
        <TextField name="name" label="Name" placeholder="datasets" maxLength={64} />
        <TextField name="size_gb" label="GB" type="number" min={1} max={4096} defaultValue={100} />
      </Line>
      <Rows items={data?.items} none="No volumes yet.">
        {(volume) => (
          <>
            <div className="what">
              <strong>{volume.name}</strong>
              <div className="quiet">
                {volume.size_gb} GB · {dollars(volume.micros_per_hour)} an hour
              </div>
            </div>
            <div className="acts">
              <Guarded
                permission="volumes.manage"
                label={`Grow by ${STEP_GB} GB: ${volume.name}`}
                onPress={() => void send("PATCH", `${PATH}/${volume.id}`, { size_gb: volume.size_gb + STEP_GB })}
              >
                Grow by {STEP_GB} GB
              </Guarded>
              <Guarded permission="volumes.manage" kind="danger" label={`Delete ${volume.name}`} onPress={() => void send("DELETE", `${PATH}/${volume.id}`)}>
                Delete
              </Guarded>
            </div>
          </>
        )}
      </Rows>
    </Frame>
  );
}
