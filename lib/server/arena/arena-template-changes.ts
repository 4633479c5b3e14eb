import { assetAddress } from '../pages/assets.ts';

/** A change to a template: what stands in it, and what is to stand there; `$&` is what stood there. */
export type TemplateChange = readonly [before: RegExp, after: string];

/** What is pressed is a button, which the keyboard reaches; in Arena as it comes, some hear the mouse alone. */
const BUTTON: string = '<button type="button" $1</button>';
const IF_CHANGES: string = `{{#if canChange}}${BUTTON}{{/if}}`;
const PREVIOUS_LINK = /(?<=\{\{#eq currentPage 1\}\}[\s\S]*?\{\{else\}\}\s*)(?=<a\b)/;
const NEXT_LABEL = /aria-label="Previous">(?=\s*<span aria-hidden="true">&raquo;)/;

/** The switch between Redis servers, where there are several. */
const SOURCES =
  '{{#if source.all}}<nav aria-label="Redis servers"><details class="sources"><summary>Redis: <strong>{{ source.name }}</strong></summary><ul>{{#each source.all}}<li><a href="{{ this.href }}"{{#if this.isCurrent}} aria-current="true"{{/if}}>{{ this.name }}{{#if this.readOnly}} (read-only){{/if}}</a></li>{{/each}}</ul></details></nav>{{/if}}\n        ';

const LAYOUT: readonly TemplateChange[] = [
  // Without it browsers take the page for one of the nineties, and Bootstrap's tables lose their colour.
  [/^<html lang="en">/, '<!DOCTYPE html>\n$&'],
  [
    /<title>Arena<\/title>/,
    '<title>Apiary: Arena</title>\n    <meta name="color-scheme" content="light dark">',
  ],
  [/<script>(?=hljs)/, '<script nonce="{{ nonce }}">'],
  [/<script>(?=\s*\{\{\{ block "script" \}\}\})/, '<script nonce="{{ nonce }}">'],
  [
    /\{\{#if customCssPath\}\}[\s\S]*?\{\{\/if\}\}/,
    '<link rel="stylesheet" href="{{ basePath }}/arena.css">',
  ],
  [
    /(?=<script[^>]*\/dashboard\.js">)/,
    `<script type="text/javascript" src="{{ basePath }}/arena.js"></script>\n    <script type="text/javascript" src="${assetAddress('zone.js')}"></script>\n    `,
  ],
  [/(?=<a class="navbar-brand")/, '<a class="navbar-brand" href="{{ source.base }}/">Apiary</a>\n          '],
  [/(?=<\/div>\s*<\/div>\s*<\/nav>)/, SOURCES],
  // What leads elsewhere, and what the page is about, are to be found by who does not see it.
  [/<div (?=id="navbar")/, '<nav aria-label="Arena" '],
  [/<\/div>(?=\s*<div class="[^"]* main">)/, '</nav>'],
  [/<div (?=class="[^"]* main">)/, '<main '],
  [/(?<=\{\{\{ body \}\}\}\s*)<\/div>/, '</main>'],
];

const QUEUES: readonly TemplateChange[] = [
  // These are no tabs, and each is unfolded by a button.
  [/ role="tablist" aria-multiselectable="true"/, ''],
  [/ role="tab"/, ''],
  [/ role="tabpanel"\s*aria-labelledby="[^"]*"/, ''],
  [
    /(?=<\/ul>)/,
    '{{#with this.queues.[0]}}{{#if this.more}}<li class="list-group-item">Not listed: {{ this.more }} more. The address of one is {{ this.base }}/{{ this.hostId }}/ with its name behind it.</li>{{/if}}{{/with}}',
  ],
  // Each Redis server has its Arena.
  [/\{\{ \.\.\/\.\.\/basePath \}\}/, '{{ this.base }}'],
  [
    /(?<=<\/div>\s*)(?=\{\{#contentFor 'sidebar'\}\})/,
    '{{#each @root.beside}}<div class="panel panel-default"><div class="panel-heading"><h4 class="panel-title"><a href="{{ this.base }}/arena/">{{ this.host }}</a></h4></div><div class="panel-body">{{#if this.trouble}}{{ this.trouble }}{{else}}It has no queues that are shown.{{/if}}</div></div>\n  {{/each}}',
  ],
];

const QUEUE: readonly TemplateChange[] = [
  [/(?=class="js-add-job-name )/, 'aria-label="Job name" '],
  [/(?=class="js-update-meta-concurrency )/, 'id="queue-concurrency-input-search" '],
  [/(?=class="js-update-meta-rl-max )/, 'id="queue-rl-max-input-search" '],
  [/(?=class="js-update-meta-rl-duration )/, 'id="queue-rl-duration-input-search" '],
  [/\{\{#unless queueIsBee\}\}(?=\s*\{\{#if isPaused\}\})/, '{{#if canChange}}'],
  [/\{\{\/unless\}\}(?=\s*\{\{#if queueIsBullMQ\}\})/, '{{/if}}'],
  [/\{\{#if queueIsBullMQ\}\}(?=\s*\{\{#if hasRateLimitTtl\}\})/, '{{#if canChange}}'],
  [/<div (class="js-toggle-add-job-editor[^>]*>Add Job)<\/div>/, IF_CHANGES],
  [/<div (class="js-add-job [^>]*>Create)<\/div>/, IF_CHANGES],
  [/<div (class="js-toggle-update-queue-meta[^>]*>Update)<\/div>/, IF_CHANGES],
  [/<div (class="js-update-queue-meta[^>]*>\s*Update\s*)<\/div>/, IF_CHANGES],
  // HTML's escapes mean nothing in a script: a queue named a&b would be a&amp;b there.
  [/"\{\{ queueHost \}\}"(?=,)/, '{{{ script queueHost }}}'],
  [/"\{\{ queueName \}\}"(?=\n\};)/, '{{{ script queueName }}}'],
];

const LIST: readonly TemplateChange[] = [
  [/(?=class="js-select-all-jobs")/, 'aria-label="Select all" '],
  [/\{\{#if this\.id\}\}(?=\s*<input class="js-bulk-job")/, '{{#if @root.canSelect}}'],
  [/(?=class="js-bulk-job" name)/, 'aria-label="Select job {{ this.id }}" '],
  [PREVIOUS_LINK, '>'],
  [NEXT_LABEL, 'aria-label="Next">'],
  [/<&amp;/g, '&amp;'],
  [/>acs\b/, '>asc'],
  [/<button[^>]*data-action="remove"[^>]*>[^<]*<\/button>/, '{{#if canSelect}}$&{{/if}}'],
  [/<li[^>]*>\s*<input aria-label="Select all"[\s\S]*?<\/li>/, '{{#if canSelect}}$&{{/if}}'],
  [/<p>\s*<em>Hint: [\s\S]*?<\/p>/, '{{#if canSelect}}$&{{/if}}'],
];

const JOB: readonly TemplateChange[] = [
  [/<button[^>]*js-remove-job[^>]*>[^<]*<\/button>/, '{{#if canRemove}}$&{{/if}}'],
  [/Remove Repeatable/, 'Remove Schedule {{ this.opts.repeat.key }}'],
  [
    /(?=<div class="row">\s*<div class="col-sm-3">\s*<h5>State<\/h5>)/,
    '<a class="btn btn-default" href="{{ @root.source.base }}/queues/{{ encodeURI queueName }}/jobs/{{ encodeURI this.id }}">{{ moreText }}</a>\n{{#if moreLinks}}<p class="more-links">{{#each moreLinks}}<a href="{{ @root.source.base }}{{ this.href }}">{{ this.text }}</a> {{/each}}</p>{{/if}}\n\n',
  ],
  // Who tells nothing of progress has made none that is to be seen, and least of all a bar in red.
  [
    /(?<=IS_BULLMQ\}\}\s*<h5>Progress<\/h5>\s*)\{\{#if (?=\(isNumber this\.progress\))/,
    '{{#if noProgress}}\n<p>none was reported</p>\n{{else if ',
  ],
  [/\{\{#unless queue\.IS_BEE\}\}\s*\{\{#if view \}\}/g, '{{#if view}}{{#if canEdit}}'],
  [
    /\{\{\/if\}\}\s*\{\{\/unless\}\}(?=\s*(<pre><code class="json">\{\{json this\.data|\{\{#if))/g,
    '{{/if}}{{/if}}',
  ],
  // Else it is coloured as a program.
  [/<pre><code>(?=\{\{this\.failedReason)/, '<pre><code class="nohighlight">'],
  // A result of 0, false or '' is one too.
  [/\{\{#if this\.returnvalue\}\}/, '{{#if hasResult}}'],
  [
    /\{\{moment \(getDelayedExecutionAt this\) "llll"\}\}/,
    '{{#if dueAt}}{{moment dueAt "llll"}}{{else}}not known{{/if}}',
  ],
  [/<div (class="js-update-job-data[^>]*>Update)<\/div>/, BUTTON],
  // What is too wide for the page is moved by the keyboard too.
  [/<pre>/g, '<pre tabindex="0">'],
];

const JOB_PAGE: readonly TemplateChange[] = [[/\{\{json job\.data true\}\}/, '{{{ script job.data }}}']];

/** What is changed in Arena's templates, by their paths in its folder of views; each change is to find its place. */
export const TEMPLATE_CHANGES: Readonly<Record<string, readonly TemplateChange[]>> = {
  'layout.hbs': LAYOUT,
  'dashboard/templates/queueList.hbs': QUEUES,
  'dashboard/templates/queueDetails.hbs': QUEUE,
  'dashboard/templates/queueJobsByState.hbs': LIST,
  'dashboard/templates/jobDetails.hbs': JOB_PAGE,
  'partials/dashboard/jobDetails.hbs': JOB,
};
