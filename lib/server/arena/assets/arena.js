// jQuery reads the attribute `[1]` as a list, so that the buttons of a job with that id would act on job `1`.
(() => {
  const { data } = jQuery.fn;
  jQuery.fn.data = function (...given) {
    const isOurs = given.length === 1 && /^(job-id|queue-name|queue-host)$/.test(given[0]);
    return isOurs ? this.attr(`data-${given[0]}`) : data.apply(this, given);
  };
})();

// The fields of the editors, which are made by a script of the page, have no name.
document.addEventListener('DOMContentLoaded', () => {
  for (const field of document.querySelectorAll('textarea.ace_text-input')) {
    field.setAttribute('aria-label', 'JSON');
  }
});

// Bootstrap says of what is unfolded that it is expanded, which is for the button alone to say.
jQuery(document).on('shown.bs.collapse hidden.bs.collapse', ({ target }) =>
  target.removeAttribute('aria-expanded'),
);
