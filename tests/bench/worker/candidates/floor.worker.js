// What the platform itself takes: a plain JavaScript Worker that does one thing per path.
const FIVE = [
  "SELECT id, name FROM thing WHERE id = ?",
  "SELECT name FROM thing WHERE id = ?",
  "SELECT id FROM thing WHERE id = ?",
  "SELECT count(*) AS n FROM thing WHERE id = ?",
  "SELECT id, name FROM thing WHERE id > ? LIMIT 1",
];

const any = () => 1 + Math.floor(Math.random() * 900);
const batch = (db, sql) => db.batch(sql.map((text) => db.prepare(text).bind(any())));

export default {
  async fetch(request, env) {
    switch (new URL(request.url).pathname) {
      case "/hello":
        return new Response("ok");
      case "/forward":
        return env.UPSTREAM.fetch("http://upstream/");
      case "/first":
        return Response.json(await env.DB.prepare(FIVE[0]).bind(any()).first());
      case "/batch":
        return Response.json((await batch(env.DB, FIVE)).map(({ results }) => results[0]));
      case "/change": {
        const read = await batch(env.DB, FIVE);
        await env.DB.batch(Array.from({ length: 5 }, () => env.DB.prepare("INSERT INTO written (name) VALUES (?)").bind("a thing")));
        return Response.json(read.map(({ results }) => results[0]));
      }
      case "/kv":
        return new Response(await env.KV.get(`thing${any()}`));
      default:
        return new Response("nothing here", { status: 404 });
    }
  },
};
