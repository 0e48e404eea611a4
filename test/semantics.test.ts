import { describe, expect, test } from 'vitest';
import type { Attributes, Span } from '../src/model.ts';
import {
  contentLayer,
  driftMeasure,
  errorSignature,
  failed,
  failureOf,
  instanceOf,
  layerOf,
  modelOf,
  peerOf,
  rankOf,
  serviceOf,
  signalOf,
  userOf,
  versionOf,
} from '../src/semantics/index.ts';
import { blank } from './draw.ts';

const span = (fields: Partial<Span>): Span => ({ ...blank, ...fields });

describe('who sent it', () => {
  test.each([
    [{ 'service.name': 'cart', 'k8s.deployment.name': 'cart-v2' }, 'cart'],
    [{ 'service.name': '', 'k8s.deployment.name': 'cart-v2' }, 'cart-v2'],
    [{ 'service.name': 'unknown_service:java', 'k8s.deployment.name': 'cart-v2' }, 'cart-v2'],
    [{ 'service.name': 'unknown_service:java' }, 'unknown_service:java'],
    [{ 'container.name': 'cart-1', 'faas.name': 'f' }, 'cart-1'],
    [{ 'service.name': ['a', 'list'] }, 'unknown_service'],
    [{}, 'unknown_service'],
  ] as [Attributes, string][])('the service of %j is %s', (resource, service) => {
    expect(serviceOf(resource)).toBe(service);
  });

  test('the instance is the most particular name there is', () => {
    const host = { 'host.name': 'node-1' };
    const pod = { ...host, 'k8s.pod.name': 'cart-7c9f' };
    expect(instanceOf({ ...pod, 'service.instance.id': 'i-1' })).toBe('i-1');
    expect(instanceOf(pod)).toBe('cart-7c9f');
    expect(instanceOf(host)).toBe('node-1');
    expect(instanceOf({})).toBeNull();
  });

  test('a rank may be 0 and lies on the record or its resource', () => {
    expect(rankOf({}, { rank: 0 })).toBe('0');
    expect(rankOf({ 'torch.distributed.rank': 3 }, {})).toBe('3');
    expect(rankOf({ 'process.rank': '3' }, { rank: 1 })).toBe('1');
    expect(rankOf({}, {})).toBeNull();
  });

  test.each([
    [{ 'model.name': 'ranker', 'model.version': '4' }, {}, { model: 'ranker', version: '4' }, '4'],
    [{ 'gen_ai.request.model': 'gpt' }, {}, { model: 'gpt', version: null }, null],
    [
      { 'gen_ai.request.model': 'gpt', 'gen_ai.response.model': 'gpt-0613' },
      {},
      { model: 'gpt-0613', version: null },
      'gpt-0613',
    ],
    [{}, { 'service.version': '1.2' }, null, '1.2'],
    [{ 'model.version': 7 }, { 'service.version': '1' }, { model: 'model', version: '7' }, '7'],
    [{}, {}, null, null],
  ] as const)('%j of %j has model %j and version %s', (attributes, resource, model, version) => {
    expect(modelOf(attributes, resource)).toEqual(model);
    expect(versionOf(attributes, resource)).toBe(version);
  });

  test('the user is known by old and new names', () => {
    expect(userOf({ 'user.id': 'u1' })).toBe('u1');
    expect(userOf({ 'enduser.id': 7 })).toBe('7');
    expect(userOf({ user: 'u1' })).toBeNull();
  });
});

describe('whom a client calls', () => {
  const namesOf = (attributes: Attributes) =>
    peerOf(span({ kind: 'client', attributes }))?.names.map(({ kind, name }) => `${kind} ${name}`);

  test.each([
    [{ 'server.address': 'cart', 'server.port': 7070 }, ['host cart']],
    [{ 'net.peer.name': 'cart', 'net.peer.ip': '10.0.0.7' }, ['host cart', 'ip 10.0.0.7']],
    [{ 'peer.service': 'cart', 'server.address': 'cart' }, ['peer cart', 'host cart']],
    [{ 'url.full': 'http://user:pass@cart:8080/x?y=@z' }, ['host cart']],
    [{ 'http.url': 'https://cart.example.com/add#a' }, ['host cart.example.com']],
    [{ 'url.full': 'http://[2001:db8::1]:8080/x' }, ['ip 2001:db8::1']],
    [{ 'url.full': '/relative/only' }, undefined],
    [{ 'http.host': 'cart:8080' }, ['host cart']],
    [{ 'net.sock.peer.addr': '::ffff:10.0.0.7' }, ['ip 10.0.0.7']],
    [{ 'server.address': '[::ffff:10.0.0.7]:443' }, ['ip 10.0.0.7']],
    [{ 'network.peer.address': '10.0.0.7:443' }, ['ip 10.0.0.7']],
    [{ 'server.address': 'fe80::1' }, ['ip fe80::1']],
    [{ 'rpc.service': 'shop.CartService', 'rpc.method': 'Add' }, ['rpc shop.CartService']],
    [{ 'rpc.method': 'shop.CartService/Add' }, ['rpc shop.CartService']],
    [{ 'rpc.method': '/shop.CartService/Add' }, ['rpc shop.CartService']],
    [{ 'rpc.method': 'Add' }, undefined],
    [{ 'db.system': 'redis' }, ['database redis']],
    [{ 'db.system.name': 'postgresql', 'db.namespace': 'orders' }, ['database postgresql/orders']],
    [{ 'db.system': 'postgresql', 'db.name': 'orders' }, ['database postgresql/orders']],
    [{ 'messaging.destination.name': 'orders' }, ['messaging orders']],
    [{ 'messaging.destination': 'orders' }, ['messaging orders']],
    [{ 'server.address': '' }, undefined],
    [{}, undefined],
  ] as [Attributes, string[] | undefined][])('%j: %j', (attributes, names) => {
    expect(namesOf(attributes)).toEqual(names);
  });

  test('a producer calls too; servers, consumers and internal spans do not', () => {
    const attributes = { 'server.address': 'cart' };
    const calls = (kind: Span['kind']): boolean => peerOf(span({ kind, attributes })) !== null;
    expect((['client', 'producer'] as const).every(calls)).toBe(true);
    expect((['server', 'consumer', 'internal', 'unspecified'] as const).some(calls)).toBe(false);
  });
});

describe('what a failure says', () => {
  const worded = (statusMessage: string) => failureOf(span({ status: 'error', statusMessage }));

  test.each([
    // gRPC core, grpc-go, grpc-js
    ['14 UNAVAILABLE: Name resolution failed for target dns:cartservice:7070', 'name-resolution'],
    [
      'DNS resolution failed for cartservice:7070: C-ares status is not ARES_SUCCESS',
      'name-resolution',
    ],
    [
      'rpc error: code = Unavailable desc = name resolver error: produced zero addresses',
      'name-resolution',
    ],
    [
      'failed to connect to all addresses; last error: UNKNOWN: ipv4:10.0.0.7:7070: timed out',
      'connection',
    ],
    ['4 DEADLINE_EXCEEDED: Deadline exceeded after 5.0s', 'timeout'],
    ['8 RESOURCE_EXHAUSTED: Quota exceeded for requests per minute', 'rate-limit'],
    ['rpc error: code = Unavailable desc = transport is closing', 'connection'],
    // Go
    ['dial tcp: lookup cart on 10.96.0.10:53: no such host', 'name-resolution'],
    ['dial tcp: lookup cart: i/o timeout', 'name-resolution'],
    ['dial tcp 10.0.0.7:7070: connect: connection refused', 'connection'],
    ['dial tcp 10.0.0.7:7070: i/o timeout', 'timeout'],
    ['context deadline exceeded', 'timeout'],
    ['write tcp 10.0.0.7: write: broken pipe', 'connection'],
    // Node
    ['getaddrinfo ENOTFOUND cartservice', 'name-resolution'],
    ['getaddrinfo EAI_AGAIN cartservice', 'name-resolution'],
    ['connect ECONNREFUSED 10.0.0.7:7070', 'connection'],
    ['connect ETIMEDOUT 10.0.0.7:7070', 'timeout'],
    ['socket hang up', 'connection'],
    ['FATAL ERROR: Reached heap limit - JavaScript heap out of memory', 'out-of-memory'],
    // Java
    ['java.net.UnknownHostException: cart: Name or service not known', 'name-resolution'],
    ['Connection refused: cart/10.0.0.7:7070', 'connection'],
    ['java.net.SocketTimeoutException: Read timed out', 'timeout'],
    ['java.lang.OutOfMemoryError: Java heap space', 'out-of-memory'],
    // Python
    ['[Errno -3] Temporary failure in name resolution', 'name-resolution'],
    ['[Errno 111] Connection refused', 'connection'],
    ["RemoteDisconnected('Remote end closed connection without response')", 'connection'],
    ['HTTPSConnectionPool(host=x): Read timed out. (read timeout=5)', 'timeout'],
    ['CUDA out of memory. Tried to allocate 2.00 GiB', 'out-of-memory'],
    ['Error code: 429 - rate_limit_error', 'rate-limit'],
    ['openai.RateLimitError: insufficient_quota', 'rate-limit'],
    // Envoy, .NET, curl
    [
      'upstream connect error or disconnect/reset before headers. reset reason: connection failure',
      'connection',
    ],
    ['no healthy upstream', 'connection'],
    ['No such host is known. (cart:7070)', 'name-resolution'],
    ['curl: (6) Could not resolve host: cart', 'name-resolution'],
    ['ThrottlingException: Request was throttled', 'rate-limit'],
    // none free in the client's own pool
    ['QueuePool limit of size 5 overflow 0 reached, connection timed out', 'pool'],
    ['HikariPool-1 - Connection is not available, request timed out after 30000ms', 'pool'],
    ['Cannot get a connection, pool error Timeout waiting for idle object', 'pool'],
    ['Timeout acquiring a connection. The pool is probably full.', 'pool'],
    ['redis: connection pool timeout', 'pool'],
    ['Timeout waiting for connection from pool', 'pool'],
    ['ResourceRequest timed out', 'pool'],
    ['worker pool started 4 threads', 'other'],
    // application
    ['division by zero', 'other'],
    ['recipepipe is not defined', 'other'],
    ['', 'other'],
  ] as const)('%s: %s', (text, kind) => {
    expect(worded(text)).toBe(kind);
  });

  test('texts of exceptions and attributes count as well', () => {
    const event = {
      name: 'exception',
      time: null,
      attributes: { 'exception.message': 'connect ECONNREFUSED', 'exception.type': 'Error' },
    };
    expect(failureOf(span({ events: [event] }))).toBe('connection');
    expect(failureOf(span({ attributes: { 'error.type': 'UnknownHostException' } }))).toBe(
      'name-resolution',
    );
  });

  test.each([
    [{ 'rpc.grpc.status_code': 14 }, 'connection'],
    [{ 'rpc.grpc.status_code': '4' }, 'timeout'],
    [{ 'rpc.response.status_code': 'UNAVAILABLE' }, 'connection'],
    [{ 'rpc.response.status_code': 'deadline_exceeded' }, 'timeout'],
    [{ 'http.response.status_code': 503 }, 'connection'],
    [{ 'http.status_code': '429' }, 'rate-limit'],
    [{ 'http.status_code': 500 }, 'other'],
  ] as [Attributes, string][])('without a text the codes speak: %j is %s', (attributes, kind) => {
    expect(failureOf(span({ attributes }))).toBe(kind);
  });

  test('a span failed by its status, or by a code where the status is unset', () => {
    const byCode = (attributes: Attributes, status: Span['status'] = 'unset'): boolean =>
      failed(span({ status, attributes }));
    expect(byCode({}, 'error')).toBe(true);
    expect(byCode({})).toBe(false);
    expect(byCode({ 'http.response.status_code': 503 })).toBe(true);
    expect(byCode({ 'http.status_code': '500' })).toBe(true);
    expect(byCode({ 'http.status_code': 404 })).toBe(false);
    expect(byCode({ 'rpc.grpc.status_code': 13 })).toBe(true);
    expect(byCode({ 'rpc.grpc.status_code': 5 })).toBe(false);
    expect(byCode({ 'rpc.grpc.status_code': 0 })).toBe(false);
    expect(byCode({ 'rpc.response.status_code': 'INTERNAL' })).toBe(true);
    expect(byCode({ 'rpc.response.status_code': 'NOT_FOUND' })).toBe(false);
    expect(byCode({ 'http.status_code': 503 }, 'ok')).toBe(false);
  });

  test('the signature is the exception type, else the first line of the text', () => {
    const attributes = { 'exception.type': 'KeyError' };
    expect(errorSignature(span({ events: [{ name: 'exception', time: null, attributes }] }))).toBe(
      'KeyError',
    );
    expect(errorSignature(span({ statusMessage: 'boom\n at main' }))).toBe('boom');
    expect(errorSignature(span({}))).toBeNull();
  });
});

test.each([
  [{ 'gen_ai.operation.name': 'chat' }, 'any', 'model'],
  [{ 'gen_ai.operation.name': 'embeddings' }, 'any', 'data'],
  [{ 'gen_ai.operation.name': 'search_memory' }, 'any', 'data'],
  [{ 'gen_ai.operation.name': 'invoke_agent' }, 'any', 'application'],
  [{ 'openinference.span.kind': 'RETRIEVER' }, 'any', 'data'],
  [{ 'openinference.span.kind': 'LLM' }, 'any', 'model'],
  [{ 'llm.request.type': 'completion' }, 'any', 'model'],
  [{ 'mlflow.spanType': 'TOOL' }, 'any', 'application'],
  [{ 'db.system': 'qdrant' }, 'any', 'data'],
  [{ 'db.system.name': 'postgresql' }, 'any', 'infrastructure'],
  [{ 'db.system': 'redis' }, 'feast-server', 'data'],
  [{}, 'vllm-0', 'model'],
  [{}, 'checkout', 'application'],
] as [Attributes, string, string][])(
  '%j of %s speaks about the %s layer',
  (attributes, service, layer) => {
    expect(layerOf({ attributes, service, name: 'x' })).toBe(layer);
  },
);

describe('what a number is about', () => {
  const said = (name: string): string | null => {
    const signal = signalOf(name);
    return signal && `${signal.kind} ${signal.layer} ${signal.worse}`;
  };

  test.each([
    // data
    ['feast_feature_freshness_seconds', 'freshness data up'],
    ['feature.age_seconds', 'freshness data up'],
    ['features.age_s', 'freshness data up'],
    ['feature_store.staleness_s', 'freshness data up'],
    ['kafka.consumer_group.lag', 'freshness data up'],
    ['feature.null_count', 'completeness data up'],
    ['missing_percent', 'completeness data up'],
    ['result.unexpected_percent', 'completeness data up'],
    ['counts/null', 'completeness data up'],
    ['db.vector.query.result_count', 'retrieval data down'],
    ['db.response.returned_rows', 'retrieval data down'],
    ['retrieval.documents.count', 'retrieval data down'],
    ['retrieval.documents.0.document.score', 'retrieval-score data down'],
    ['db.vector.query.top_score', 'retrieval-score data down'],
    ['db.vector.query.top_distance', 'retrieval-score data up'],
    ['statistics.success_percent', 'completeness data down'],
    ['schema_violations_total', 'schema data up'],
    ['input.psi', 'drift data up'],
    ['feature_drift_score', 'drift data up'],
    ['kl_div', 'drift data up'],
    ['population_stability_index', 'drift data up'],
    ['js_distance', 'drift data up'],
    ['feature.ks_statistic', 'drift data up'],
    // The less likely such values are, the more they have drifted.
    ['feature.drift.p_value', 'drift data down'],
    ['ks_pvalue', 'drift data down'],
    ['null_percentage', 'completeness data up'],
    ['missing_fraction', 'completeness data up'],
    ['imputed_ratio', 'completeness data up'],
    ['unknown_category_ratio', 'completeness data up'],
    ['great_expectations.success_percent', 'completeness data down'],
    ['num_retrieved_docs', 'retrieval data down'],
    ['retrieval_score', 'retrieval-score data down'],
    // model
    ['model.online_accuracy', 'quality model down'],
    ['prediction.confidence', 'quality model down'],
    ['gen_ai.evaluation.score.value', 'quality model down'],
    ['precision@5', 'quality model down'],
    ['answer_relevancy', 'quality model down'],
    ['model.rmse', 'quality model up'],
    ['calibration_error', 'quality model up'],
    ['brier_score', 'quality model up'],
    ['nv_inference_first_response_histogram_ms', 'inference-time model up'],
    ['loss', 'loss model up'],
    ['train/loss_step', 'loss model up'],
    ['eval_loss', 'loss model up'],
    ['grad_norm', 'loss model up'],
    ['toxicity', 'quality model up'],
    ['llm.hallucination_rate', 'quality model up'],
    ['groundedness', 'quality model down'],
    ['vllm:time_to_first_token_seconds', 'inference-time model up'],
    ['vllm:inter_token_latency_seconds', 'inference-time model up'],
    ['gen_ai.server.time_per_output_token', 'inference-time model up'],
    ['tgi_request_inference_duration', 'inference-time model up'],
    ['nv_inference_compute_infer_duration_us', 'inference-time model up'],
    ['request_predict_seconds', 'inference-time model up'],
    ['kafka_consumergroup_lag', 'freshness data up'],
    ['rows_rejected', 'rejected data up'],
    ['share_of_drifted_columns', 'drift data up'],
    ['vllm:num_requests_waiting', 'queue model up'],
    ['vllm:kv_cache_usage_perc', 'queue model up'],
    ['vllm:gpu_cache_usage_perc', 'queue model up'],
    ['vllm:num_preemptions_total', 'queue model up'],
    ['vllm:request_queue_time_seconds', 'queue model up'],
    ['tgi_queue_size', 'queue model up'],
    ['tgi_request_queue_duration', 'queue model up'],
    ['nv_inference_pending_request_count', 'queue model up'],
    ['nv_inference_queue_duration_us', 'queue model up'],
    ['revision_queue_depth', 'queue model up'],
    ['QueueTime', 'queue model up'],
    ['gen_ai.latency.time_in_queue', 'queue model up'],
    ['serve_deployment_queued_queries', 'queue model up'],
    // infrastructure
    ['k8s.container.restart.count', 'restarts infrastructure up'],
    ['kube_pod_container_status_restarts_total', 'restarts infrastructure up'],
    ['serve_deployment_replica_starts', 'restarts infrastructure up'],
    ['DCGM_FI_DEV_XID_ERRORS', 'gpu-error infrastructure up'],
    ['DCGM_FI_DEV_ROW_REMAP_FAILURE', 'gpu-error infrastructure up'],
    ['DCGM_FI_DEV_ECC_DBE_VOL_TOTAL', 'gpu-error infrastructure up'],
    ['DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL', 'gpu-error infrastructure up'],
    ['DCGM_FI_DEV_THERMAL_VIOLATION', 'gpu infrastructure up'],
    ['DCGM_FI_DEV_GPU_TEMP', 'gpu infrastructure up'],
    ['DCGM_FI_DEV_SM_CLOCK', 'gpu infrastructure down'],
    ['DCGM_FI_DEV_FB_USED', 'memory infrastructure up'],
    ['DCGM_FI_DEV_FB_FREE', 'memory infrastructure down'],
    ['hw.errors', 'gpu-error infrastructure up'],
    ['GPUMemoryUsed', 'memory infrastructure up'],
    ['nv_gpu_memory_used_bytes', 'memory infrastructure up'],
    ['container.cpu.usage', 'cpu infrastructure up'],
    ['CpuUsageRate(%)', 'cpu infrastructure up'],
    ['k8s.pod.cpu_limit_utilization', 'cpu infrastructure up'],
    ['process.cpu.time', 'cpu infrastructure up'],
    ['system.cpu.load_average.1m', 'cpu infrastructure up'],
    ['container_cpu_cfs_throttled_periods_total', 'cpu infrastructure up'],
    ['container.memory.working_set', 'memory infrastructure up'],
    ['jvm.memory.used', 'memory infrastructure up'],
    ['system.filesystem.utilization', 'disk infrastructure up'],
    ['system.disk.io_time', 'disk infrastructure up'],
    ['db.client.connections.pending_requests', 'pool infrastructure up'],
  ])('%s: %s', (name, meaning) => {
    expect(said(name)).toBe(meaning);
  });

  test.each([
    'http.server.request.duration',
    'rpc.server.duration',
    'process.runtime.jvm.classes.loaded',
    'db.client.connections.usage',
    'queueSize',
    'otelcol_exporter_queue_size',
    'container.memory.usage.limit',
    'k8s.container.memory.limit',
    'DCGM_FI_DEV_GPU_UTIL',
    'gen_ai.client.token.usage',
    'packet.loss',
    'network.packets.loss_ratio',
    'frame_loss',
    'loss_rate',
    'loss_scale',
    'score',
    'user.score.total',
    'cache.hit.count',
    'nodejs.eventloop.lag.seconds',
    'ntp.clock.drift',
    'container.cpu.psi',
    'gen_ai.client.operation.time_to_first_chunk',
    'gen_ai.client.operation.duration',
    'app.restart.duration',
    'image.quality',
    'p_value',
    'DCGM_FI_DEV_ECC_SBE_VOL_TOTAL',
    'precision.bits',
    'memory.recall.count',
    'confidence_threshold',
    'k8s.pod.phase.pending',
    'system.cpu.time',
    'http.response.status_code',
    'server.port',
    '',
  ])('%s says nothing', (name) => {
    expect(said(name)).toBeNull();
  });

  test('what a model server makes its callers wait for is latency, no content that drifts', () => {
    for (const name of ['vllm:time_to_first_token_seconds', 'vllm:num_requests_waiting']) {
      expect(contentLayer(name, null), name).toBeNull();
    }
    expect(contentLayer('model.prediction.confidence', null)).toBe('model');
  });

  test('which measure of drift it is: an index, a distance, or the chance of it', () => {
    const names = ['feature_psi', 'population_stability_index', 'js_distance', 'drift.p_value'];
    expect(names.map(driftMeasure)).toEqual(['index', 'index', 'distance', null]);
    expect(driftMeasure('model.accuracy')).toBeNull();
  });

  test('a huge name costs nothing and is not kept', () => {
    expect(signalOf('x'.repeat(5_000_000))).toBeNull();
  });
});
