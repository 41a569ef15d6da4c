/* tools/distrosim/cli/options.h -- every option of every command, in one table.
 *
 * An option means the same in each command that takes it. The fields of Arguments, the parsing,
 * `help`, the man pages and the completions of shells follow from this table. */
#pragma once

typedef enum OptionKind {
    OPTION_KIND_FLAG, /* bool */
    OPTION_KIND_TEXT, /* char *, once */
    OPTION_KIND_LIST, /* GPtrArray of char *, as often as one likes */
} OptionKind;

/* What a shell may offer where a value or an operand stands. */
typedef enum Offer {
    OFFER_NOTHING,
    OFFER_FILE,
    OFFER_FOLDER,
    OFFER_SCENARIO, /* files *.lua, and folders */
    OFFER_PROFILE,
    OFFER_FORMAT, /* of distrosim trace */
    OFFER_COMMAND,
    OFFER_PAGE, /* of distrosim help --as */
} Offer;

/* clang-format off */
/* X(identifier, field of Arguments, kind, offer, name, value as shown or NULL, about) */
#define OPTION_TABLE(X)                                                                            \
    X(SEED, seed, TEXT, NOTHING, "seed", "N",                                                      \
      "decimal, 0x hex, or a commit hash of 40 digits")                                            \
    X(SEEDS, seeds, TEXT, NOTHING, "seeds", "A..B",                                                \
      "a range 1..100, a list 1,7,40..60")                                                         \
    X(SET, set, LIST, NOTHING, "set", "NAME=VALUE",                                                \
      "give a param another value than its default")                                               \
    X(SETTING, setting, LIST, NOTHING, "setting", "NAME=VALUE",                                    \
      "give all nodes another value of a property of Nacos's")                                     \
    X(VARY, vary, LIST, NOTHING, "vary", "NAME=V1,V2",                                             \
      "run with each of these values; NAME may be profile or setting:NAME")                        \
    X(PROFILE, profile, TEXT, PROFILE, "profile", "NAME",                                          \
      "run as this Nacos instead of the topology's")                                               \
    X(JOBS, jobs, TEXT, NOTHING, "jobs", "N",                                                      \
      "worker threads; as many as processors if not given")                                        \
    X(FAIL_FAST, fail_fast, FLAG, NOTHING, "fail-fast", NULL,                                      \
      "stop at the first run that fails")                                                          \
    X(SHARD, shard, TEXT, NOTHING, "shard", "I/N",                                                 \
      "make part I of N; merge joins them")                                                        \
    X(RESUME, resume, FLAG, NOTHING, "resume", NULL,                                               \
      "go on where a sweep that was stopped or killed stood")                                      \
    X(CORPUS, corpus, FLAG, NOTHING, "corpus", NULL,                                               \
      "first run the seeds that failed before, from results/corpus")                               \
    X(SELF_CHECK, self_check, FLAG, NOTHING, "self-check", NULL,                                   \
      "run every seed twice and compare; otherwise 5 % of them")                                   \
    X(PERTURB, perturb, FLAG, NOTHING, "perturb", NULL,                                            \
      "run all again with other addresses, locale, time zone")                                     \
    X(BASELINE, baseline, TEXT, FOLDER, "baseline", "DIR",                                         \
      "compare with this sweep when done, as --fail-if says")                                      \
    X(FAIL_IF, fail_if, LIST, NOTHING, "fail-if", "EXPR",                                          \
      "end with 1 if 'FIGURE > 5%' (worse by more, p < 0.05) or 'FIGURE > 12s'")                   \
    X(JUNIT, junit, TEXT, FILE, "junit", "FILE",                                                   \
      "write a report for a build server there")                                                   \
    X(UNTIL, until, TEXT, NOTHING, "until", "T",                                                   \
      "stop at this instant, such as 31.5s")                                                       \
    X(TRACE, trace, TEXT, FILE, "trace", "FILE",                                                   \
      "write the full trace there, a JSON object per line")                                        \
    X(HISTORY, history, TEXT, FILE, "history", "FILE",                                             \
      "write the clients' operations there, as Jepsen's histories")                                \
    X(NODE, node, TEXT, NOTHING, "node", "NAME",                                                   \
      "about this node only")                                                                      \
    X(INSTANCE, instance, TEXT, NOTHING, "instance", "X",                                          \
      "about this client's instance only, or this ip:port")                                        \
    X(CHOICES, choices, TEXT, FILE, "choices", "FILE",                                             \
      "make the run whose choices this file lists")                                                \
    X(FAULTS, faults, TEXT, NOTHING, "faults", "N",                                                \
      "how many faults may be spent; 1 if not given")                                              \
    X(KINDS, kinds, TEXT, NOTHING, "kinds", "K1,K2",                                               \
      "which faults: lose, hold, cut, crash, message")                                             \
    X(HORIZON, horizon, TEXT, NOTHING, "horizon", "T",                                             \
      "look no further than this instant, such as 24s")                                            \
    X(FOR, for_, TEXT, NOTHING, "for", "T",                                                        \
      "stop searching after this much time, such as 90s")                                   \
    X(REQUIRE_COMPLETE, require_complete, FLAG, NOTHING, "require-complete", NULL,                 \
      "exit status 3 if something is left to try")                                                 \
    X(FUTURES, futures, TEXT, NOTHING, "futures", "N",                                             \
      "how many ways on from each instant; 40 if not given")                                       \
    X(AT, at, TEXT, NOTHING, "at", "T",                                                            \
      "ask about this instant, such as 31.5s")                                                     \
    X(FROM, from, TEXT, NOTHING, "from", "T",                                                      \
      "leave out what was before this instant, such as 31.5s")                                     \
    X(TO, to, TEXT, NOTHING, "to", "T",                                                            \
      "leave out what was after this instant")                                                     \
    X(FORMAT, format, TEXT, FORMAT, "format", "FORMAT",                                            \
      "text, ndjson, perfetto, shiviz, mermaid, pcapng or history")                                \
    X(OUTPUT, output, TEXT, FILE, "output", "FILE",                                                \
      "write to this file; -o is short for it")                                                    \
    X(WITHIN, within, TEXT, NOTHING, "within", "T",                                                \
      "stop searching after this much time; 60s if not given")                                     \
    X(MEMORY_LIMIT, memory_limit, TEXT, NOTHING, "memory-limit", "SIZE",                           \
      "give up a run that holds more, such as 12gib; 9/10 of the machine's")                       \
    X(NO_FLIGHTS, no_flights, FLAG, NOTHING, "no-flights", NULL,                                   \
      "make every VERIFY a call of its own: slower, the same results")                             \
    X(PARANOID, paranoid, FLAG, NOTHING, "paranoid", NULL,                                         \
      "check the whole world against itself after every event: slow")                              \
    X(SITES, sites, TEXT, NOTHING, "sites", "A,B",                                                 \
      "two regions; places of Azure's table need no --rtt")                                        \
    X(RTT, rtt, TEXT, NOTHING, "rtt", "T",                                                         \
      "round trip between them, such as 75ms")                                                     \
    X(LOSS, loss, TEXT, NOTHING, "loss", "P",                                                      \
      "share of packets lost; 0% if not given")                                                    \
    X(CLIENTS, clients, TEXT, NOTHING, "clients", "N",                                             \
      "in each region, half of them providers; 1000 if not given")                                 \
    X(CHURN, churn, TEXT, NOTHING, "churn", "R",                                                   \
      "arrivals in each region, and departures, such as 5/s; 1/s if not given")                    \
    X(REAL_SERVERS, real_servers, TEXT, NOTHING, "servers", "KIND",                                \
      "distrod, or nacos:DIR of an unpacked release; with commas, nodes take turns")               \
    X(REPEAT, repeat, TEXT, NOTHING, "repeat", "N",                                                \
      "play it so often, each time with the next seed")                                            \
    X(SLACK, slack, TEXT, NOTHING, "slack", "T",                                                   \
      "what real time adds to every bound; 200ms if not given")                                    \
    X(KEEP_LOGS, keep_logs, FLAG, NOTHING, "keep-logs", NULL,                                      \
      "keep the servers' logs beside the results")                                                 \
    X(SERVERS, servers, TEXT, NOTHING, "servers", "N",                                             \
      "in each region; 3 if not given")                                                            \
    X(PLOT, plot, FLAG, NOTHING, "plot", NULL,                                                     \
      "draw plots beside the results")                                                             \
    X(REPORT, report, FLAG, NOTHING, "report", NULL,                                               \
      "write report.html beside the results")                                                      \
    X(OUT, out, TEXT, FOLDER, "out", "DIR",                                                        \
      "keep results there, not in results/")                                                       \
    X(JSON, json, FLAG, NOTHING, "json", NULL,                                                     \
      "print the summary as JSON, and nothing else")                                               \
    X(QUIET, quiet, FLAG, NOTHING, "quiet", NULL,                                                  \
      "print failures only")                                                                       \
    X(AS, as, TEXT, PAGE, "as", "FORM",                                                            \
      "print a page of another form: man, bash, zsh or fish")
/* clang-format on */

#define OPTION_IDENTIFIER(identifier, ...) OPTION_##identifier,
typedef enum OptionId {
    OPTION_TABLE(OPTION_IDENTIFIER) N_OPTIONS
} OptionId;
#undef OPTION_IDENTIFIER

/* Ends a command's list of options. */
#define OPTIONS_END N_OPTIONS

typedef struct Option {
    OptionKind kind;
    Offer offer;
    const char *name;  /* without the dashes */
    const char *value; /* what stands after it, as help shows it; NULL for a flag */
    const char *about;
} Option;

/* (transfer none) */
const Option *option_with(OptionId id);
