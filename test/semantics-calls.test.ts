import { expect, test } from 'vitest';
import type { Attributes, Span } from '../src/model.ts';
import { agentStepOf, isStorageCall } from '../src/semantics/index.ts';
import { blank } from './draw.ts';

test.each([
  // OpenTelemetry
  [{ 'gen_ai.operation.name': 'chat' }, 'model'],
  [{ 'gen_ai.operation.name': 'generate_content' }, 'model'],
  [{ 'gen_ai.operation.name': 'text_completion' }, 'model'],
  [{ 'gen_ai.operation.name': 'execute_tool' }, 'tool'],
  [{ 'gen_ai.tool.name': 'weather' }, 'tool'],
  [{ 'gen_ai.operation.name': 'invoke_agent' }, 'agent'],
  [{ 'gen_ai.operation.name': 'create_agent' }, 'agent'],
  [{ 'gen_ai.operation.name': 'invoke_workflow' }, 'agent'],
  [{ 'gen_ai.operation.name': 'embeddings' }, null],
  [{ 'gen_ai.operation.name': 'retrieval' }, null],
  // OpenInference
  [{ 'openinference.span.kind': 'LLM' }, 'model'],
  [{ 'openinference.span.kind': 'TOOL' }, 'tool'],
  [{ 'tool.name': 'weather' }, 'tool'],
  [{ 'tool_call.function.name': 'weather' }, 'tool'],
  [{ 'openinference.span.kind': 'AGENT' }, 'agent'],
  [{ 'openinference.span.kind': 'CHAIN' }, 'agent'],
  [{ 'openinference.span.kind': 'RETRIEVER' }, null],
  [{ 'openinference.span.kind': 'EMBEDDING' }, null],
  [{ 'llm.output_messages.0.message.tool_calls.0.tool_call.function.name': 'weather' }, null],
  // OpenLLMetry
  [{ 'llm.request.type': 'completion' }, 'model'],
  [{ 'llm.request.type': 'embedding' }, null],
  [{ 'traceloop.span.kind': 'tool' }, 'tool'],
  [{ 'traceloop.span.kind': 'workflow' }, 'agent'],
  // MLflow
  [{ 'mlflow.spanType': 'CHAT_MODEL' }, 'model'],
  [{ 'mlflow.spanType': 'TOOL' }, 'tool'],
  [{ 'mlflow.spanType': 'AGENT' }, 'agent'],
  [{ 'mlflow.spanType': 'PARSER' }, null],
  [{ 'http.route': '/chat' }, null],
  [{}, null],
] as [Attributes, string | null][])('%j is the step %s of an agent', (attributes, step) => {
  expect(agentStepOf(attributes)).toBe(step);
});

const call = (attributes: Attributes, rest: Partial<Span> = {}): boolean =>
  isStorageCall({ ...blank, kind: 'client', name: 'PUT', attributes, ...rest });

test.each([
  // What only their clients set
  [{ 'aws.s3.bucket': 'runs' }, true],
  [{ 'aws.s3.key': 'step-7' }, true],
  [{ 'gcp.storage.bucket': 'runs' }, true],
  [{ 'az.storage.container': 'runs' }, true],
  // Plain HTTP and RPC
  [{ 'url.full': 'https://runs.s3.eu-west-1.amazonaws.com/step-7' }, true],
  [{ 'http.url': 'http://store:9000/checkpoints/step-7' }, true],
  [{ 'url.path': '/buckets/runs/o' }, true],
  [{ 'http.target': '/artifacts/model.bin' }, true],
  [{ 'rpc.service': 'S3', 'rpc.method': 'PutObject' }, true],
  [{ 'rpc.service': 'store.ObjectStore' }, true],
  [{ 'url.full': 'http://store:9000/step-7', 'rpc.service': 'S3' }, true],
  [{ 'url.full': 'http://cart:80/items/7' }, false],
  [{ 'url.path': '/ps3/games' }, false],
  [{ 'rpc.service': 'shop.Cart', 'rpc.method': 'Get' }, false],
  [{}, false],
] as [Attributes, boolean][])('a call with %j goes to a store: %s', (attributes, expected) => {
  expect(call(attributes)).toBe(expected);
});

test('the name of the call may tell, and only who asks calls', () => {
  expect(call({}, { name: 'load checkpoint' })).toBe(true);
  expect(call({}, { name: 'checkpoints.save' })).toBe(true);
  expect(call({}, { name: 'checkout' })).toBe(false);
  expect(call({ 'aws.s3.bucket': 'runs' }, { kind: 'server' })).toBe(false);
  expect(call({}, { kind: 'internal', name: 'save checkpoint' })).toBe(false);
});
