// What is picked off the shelf: a job for each batch in a queue (BullMQ on redis), five workers, one transaction per job.
//
//     node queue.js URL DATABASE COLUMNS        REDIS_PORT says where redis is
//
// The yardstick "worker queue" of docs/performance.md. Batches are planned as tidemark plans them.
import { createHmac, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import Database from "better-sqlite3";
import { Queue, Worker } from "bullmq";
import { Pool } from "undici";

const PAGE = 1000, WORKERS = 5, REALM = "1234567_SB1";
const CONSUMER_KEY = "made-up-consumer-key", CONSUMER_SECRET = "made-up-consumer-secret";
const TOKEN = "made-up-token", TOKEN_SECRET = "made-up-token-secret";

const [base, path, described] = process.argv.slice(2);
const columns = described.split(",").map((column) => column.split(":"));
const names = columns.map(([name]) => name);
const unpack = promisify(gunzip);
const pool = new Pool(base, { connections: WORKERS });

const quote = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

function authorization(url, parameters) {
  const oauth = {
    oauth_consumer_key: CONSUMER_KEY, oauth_token: TOKEN, oauth_signature_method: "HMAC-SHA256",
    oauth_timestamp: `${Math.floor(Date.now() / 1000)}`, oauth_nonce: randomBytes(12).toString("hex"), oauth_version: "1.0",
  };
  const joined = Object.entries({ ...parameters, ...oauth }).sort().map(([k, v]) => `${quote(k)}=${quote(v)}`).join("&");
  const key = `${CONSUMER_SECRET}&${TOKEN_SECRET}`;
  oauth.oauth_signature = createHmac("sha256", key).update(`POST&${quote(url)}&${quote(joined)}`).digest("base64");
  return `OAuth realm="${REALM}",` + Object.entries(oauth).map(([k, v]) => `${k}="${quote(v)}"`).join(",");
}

async function query(sql, offset = 0) {
  const service = "/services/rest/query/v1/suiteql";
  const parameters = offset ? { limit: `${PAGE}`, offset: `${offset}` } : { limit: `${PAGE}` };
  const answer = await pool.request({
    method: "POST", path: service + "?" + new URLSearchParams(parameters), body: JSON.stringify({ q: sql }),
    headers: {
      authorization: authorization(base + service, parameters), prefer: "transient", "content-type": "application/json",
      "accept-encoding": "gzip",
    },
  });
  let body = Buffer.from(await answer.body.arrayBuffer());
  if (answer.headers["content-encoding"] === "gzip") body = await unpack(body);
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${body}`);
  return JSON.parse(body);
}

const expression = ([name, kind]) => kind === "datetime"
  ? `TO_CHAR(SYS_EXTRACT_UTC(t.${name}),'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ${name}` : `t.${name} AS ${name}`;

function convert(kind, value) {
  if (value === undefined || value === null) return null;
  if (kind === "boolean") return value === "T" || value === true ? 1 : 0;
  return kind === "integer" ? Number(value) : value;
}

const db = new Database(path);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = NORMAL");
const storage = (kind) => (kind === "integer" || kind === "boolean" ? "INTEGER" : "TEXT");
db.exec(`CREATE TABLE customer (${columns.map(([n, k]) => `${n} ${storage(k)}`).join(", ")}, PRIMARY KEY (${names[0]}))`);
const upsert = db.prepare(`INSERT INTO customer (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})
  ON CONFLICT (${names[0]}) DO UPDATE SET ${names.slice(1).map((n) => `${n} = excluded.${n}`).join(", ")}`);
let records = 0;
const store = db.transaction((items) => {
  for (const item of items) upsert.run(columns.map(([name, kind]) => convert(kind, item[name])));
  records += items.length;
});

const connection = { host: "127.0.0.1", port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
const queue = new Queue("batches", { connection });
const select = `SELECT ${columns.map(expression).join(", ")} FROM customer t`;
const job = async ({ data }) => {
  const where = data.after === null ? `t.id <= ${data.upTo}` : `t.id > ${data.after} AND t.id <= ${data.upTo}`;
  const page = await query(`${select} WHERE ${where} ORDER BY t.id ASC`);
  store(page.items);
};

async function plan() {
  const sql = "SELECT TO_CHAR(k) AS boundary, TO_CHAR(n) AS position, TO_CHAR(total) AS total FROM (SELECT t.id AS k, " +
    "ROW_NUMBER() OVER (ORDER BY t.id ASC) AS n, COUNT(*) OVER () AS total FROM customer t) " +
    `WHERE MOD(n, ${PAGE}) = 0 OR n = total ORDER BY n ASC`;
  const jobs = [];
  let after = null, page;
  do {
    page = await query(sql, jobs.length);
    for (const { boundary } of page.items) {
      jobs.push({ name: "batch", data: { after, upTo: Number(boundary) }, opts: { attempts: 5, removeOnComplete: true } });
      after = Number(boundary);
    }
  } while (page.hasMore);
  return jobs;
}

const jobs = await plan();
await queue.addBulk(jobs);
await new Promise((resolve, reject) => {
  let left = jobs.length;
  const worker = new Worker("batches", job, { connection, concurrency: WORKERS });
  worker.on("completed", () => { if (--left === 0) worker.close().then(resolve); });
  worker.on("failed", (_, error) => reject(error));
  worker.on("error", reject);
});
await queue.close();
await pool.close();
db.close();
console.log(JSON.stringify({ records }));
