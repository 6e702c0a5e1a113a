// What a program on Node does with the official SDK: an answer, a stream, a refusal. Prints what it got as JSON.
// node openai_client.mjs FOLDER_OF_THE_SDK BASE_URL API_KEY QUESTION
import { createRequire } from "node:module";

const [folder, baseURL, apiKey, question] = process.argv.slice(2);
const OpenAI = createRequire(`${folder}/`)("openai").default;
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const asked = { model: "brevity", messages: [{ role: "user", content: question }] };

const whole = await client.chat.completions.create(asked);

const pieces = [];
let usage = null;
const stream = await client.chat.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } });
for await (const chunk of stream) {
  pieces.push(chunk.choices[0]?.delta.content ?? "");
  usage = chunk.usage ?? usage;
}

const refused = await client.chat.completions
  .create({ ...asked, n: 2 })
  .then(() => null)
  .catch((error) => ({ kind: error.constructor.name, status: error.status, code: error.code, param: error.param }));

const models = [];
for await (const model of client.models.list()) models.push(model.id);

console.log(JSON.stringify({ whole, streamed: pieces.join(""), usage, refused, models }));
