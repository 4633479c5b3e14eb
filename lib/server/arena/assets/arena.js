// jQuery reads the attribute `[1]` as a list, so that the buttons of a job with that id would act on job `1`.
(() => {
  const { data } = jQuery.fn;
  jQuery.fn.data = function (...given) {
    const isOurs = given.length === 1 && /^(job-id|queue-name|queue-host)$/.test(given[0]);
    return isOurs ? this.attr(`data-${given[0]}`) : data.apply(this, given);
  };
})();
