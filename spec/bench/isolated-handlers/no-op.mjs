// A handler that does nothing, to be run isolated.
export default () => undefined;
