import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication';
import { Deployment } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, Service } from 'kubernetes-models/v1';

/** What the models have of each kind: a check of a value against the schemas of Kubernetes and KEDA. */
interface Model {
  validate(): void;
}

const MODELS: Readonly<Record<string, (resource: never) => Model>> = {
  'v1 ConfigMap': (resource) => new ConfigMap(resource),
  'v1 Namespace': (resource) => new Namespace(resource),
  'v1 Service': (resource) => new Service(resource),
  'apps/v1 Deployment': (resource) => new Deployment(resource),
  'policy/v1 PodDisruptionBudget': (resource) => new PodDisruptionBudget(resource),
  'networking.k8s.io/v1 NetworkPolicy': (resource) => new NetworkPolicy(resource),
  'keda.sh/v1alpha1 ScaledObject': (resource) => new ScaledObject(resource),
  'keda.sh/v1alpha1 TriggerAuthentication': (resource) => new TriggerAuthentication(resource),
};

/**
 * What is wrong with a resource, by the schemas of its kind: values that they do not allow, and fields that they do not
 * know. The schemas let those pass, as a server would; but they never look at them, by which they are told.
 */
export function problemsOf(resource: Record<string, unknown>): string[] {
  const kind = `${resource['apiVersion']} ${resource['kind']}`;
  const make = MODELS[kind];
  if (!make) return [`${kind} is no kind that is looked at here`];
  const unread = new Map<string, Set<string>>();
  try {
    watch(make(resource as never), kind, unread).validate();
  } catch (error) {
    return [`${kind}: ${error instanceof Error ? error.message : error}`];
  }
  return [...unread].flatMap(([path, names]) => [...names].map((name) => `${path}.${name} is not known`));
}

/** The value, in a way that takes out of `unread` what is looked at. */
function watch<T>(value: T, path: string, unread: Map<string, Set<string>>): T {
  if (typeof value !== 'object' || value === null) return value;
  const children = new Map<string | symbol, unknown>(
    Object.entries(value).map(([name, child]) => [name, watch(child, `${path}.${name}`, unread)]),
  );
  const left = new Set(Array.isArray(value) ? [] : Object.keys(value));
  unread.set(path, left);
  return new Proxy(value, {
    get: (target, name) => {
      if (typeof name === 'string') left.delete(name);
      return children.get(name) ?? Reflect.get(target, name);
    },
  });
}
