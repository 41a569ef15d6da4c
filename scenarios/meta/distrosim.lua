---@meta distrosim
-- What a scenario can use, for editors that speak LuaLS. Nothing here runs: distrosim provides it.
-- A test compares these names with the verbs that are registered.

---@class Quantity a number that knows what it counts
---@operator add(Quantity): Quantity
---@operator sub(Quantity): Quantity
---@operator mul(number): Quantity
---@operator div(number): Quantity
---@operator unm: Quantity
---@class Duration: Quantity
---@operator add(Duration): Duration
---@operator sub(Duration): Duration
---@operator mul(number): Duration
---@operator div(Duration): number
---@operator idiv(Duration): number
---@class Proportion: Quantity
---@class Size: Quantity
---@class Bandwidth: Quantity
---@class Rate: Quantity

---@class Check what a field "always" lists
---@alias Nodes Node|string|(Node|string)[] a node, its name, or several
---@alias Party Nodes|Client|Fleet|(Node|Client|Fleet|string)[] nodes, clients, names of sites
---@alias Service string|{ service: string, group: string?, namespace: string? }
---@alias Known Client|Fleet|string|InstanceName|(Client|Fleet|string|InstanceName)[]

---@class InstanceName
---@field service string
---@field group? string
---@field namespace? string
---@field ip string
---@field port? integer 1 to 65535; default 8080

---@class Instance
---@field ip string
---@field port integer
---@field cluster string
---@field weight number
---@field healthy boolean
---@field enabled boolean
---@field metadata table<string, string>
---@field overridden? boolean true: an operator's override is in it
---@field client? string

---@class Link
---@field rtt? Duration round trip, from zero; default us(300) inside a site
---@field delay? Duration one way
---@field jitter? Proportion|userdata or rtt_spread "name"
---@field loss? Proportion of packets, each time they are sent; 0 to 100 %, default none
---@field burst? { enter: Proportion?, leave: Proportion?, loss: Proportion? }
---@field bandwidth? Bandwidth at least 1 bit per second; default no limit
---@field queue? Size of what waits for the bandwidth; what finds it full is lost
---@field mtu? Size a longer message takes several packets, and each may be lost; at least bytes(68)
---@field drop_above? Size messages and answers of more bytes, framing included, never arrive; at least bytes(1), default no limit
---@field duplicate? Proportion of requests that arrive twice
---@field reorder? Proportion of messages that come a round trip late, so that later ones overtake them
---@field corrupt? Proportion of messages that are damaged, thus lost; unlike loss, nothing sends them again

---@class Clock
---@field offset? Duration of the wall clock; any, default none
---@field drift? Proportion of both clocks; at most 50 % either way, default none
---@field step? Duration of the wall clock, at once; any, default none

---@class Topology
---@field nodes? integer 1 to 1000, at one site: n1 ..
---@field sites? table<string, integer>
---@field clusters? table<string, Cluster> instead of nodes or sites
---@field lan? Link
---@field wan? Link between sites, of different clusters too
---@field links? table<string, Link> "a>b" one way, "a-b" both ways
---@field rtt_from? userdata what rtt_table returned
---@field profile? string
---@field profiles? table<string, string>
---@field settings? table<string, any> Nacos properties and switches, for all nodes or in a table under a node's name; `distrosim profiles NAME` lists them
---@field addresses? table<string, string>
---@field known_as? table<string, string> "host:port" by node, under which all others list and hash it
---@field clocks? table<string, Clock>
---@field framing? Size|"tcp" added to each request and answer; at most mib(1), default "tcp": TCP's payload
---@field clients? "nacos-client-2"|"nacos-client-1"|string kind or release of the SDK of every client that names none
---@field boot? "auto"|"manual"
---@field raft? boolean a voter beside each server; without it, from the first verb on that needs one
---@field bridges? Bridge[] between clusters

---One of several clusters: east/n1 .., or with sites east/a/n1 ... What it says of its own nodes and links
---comes after what the topology says for all.
---@class Cluster
---@field nodes? integer 1 to 1000: <cluster>/n1 ..
---@field sites? table<string, integer>
---@field lan? Link
---@field wan? Link
---@field links? table<string, Link>
---@field rtt_from? userdata
---@field profile? string
---@field profiles? table<string, string>
---@field settings? table<string, any>
---@field addresses? table<string, string>
---@field known_as? table<string, string> "host:port" by node, under which all others list and hash it
---@field clocks? table<string, Clock>

---A bridge from one cluster to another, nacos-sync: workers east>west/1 .. that copy instances. What can be
---true is a flaw of nacos-sync, and is so by default (native_deletion, of 0.4.9-PRE, is not).
---@class Bridge
---@field from string a cluster
---@field to string
---@field kind? "nacos-sync"
---@field workers? integer 1
---@field services? string[] explicit tasks; without, one ALL task that copies every service of the group
---@field tasks? "explicit"|"all" says which of the two is meant
---@field group? string "DEFAULT_GROUP"
---@field placement? string "source", "destination" (the default), or a site or cluster
---@field level? "ordinary"|"central" of the source: from a central one copies travel on
---@field udp? boolean|"none" pushes reach a worker (true); false: not one at another site; "none": none, as where its host's name resolves to 127.x
---@field db_latency? Duration of a query to the database (ms(1))
---@field stall? Duration what a pooled connection into a black hole costs (s(50), the read time-out)
---@field cores? integer of a worker's machine: half of them beat, half of them poll (8)
---@field key_trap? boolean a changed weight or health is registered, and the same address then taken back
---@field drops_events? boolean an event that finds its task under way is dropped
---@field list_failure_is_empty? boolean a list of services that cannot be read counts as empty
---@field cold_start_is_empty? boolean so does the first list of a service
---@field delete_seen_by_one? boolean a task deleted at a console is deleted by that worker alone
---@field single_event_thread? boolean one thread works off the events of all services
---@field native_deletion? boolean what the source lacks is deregistered, no matter which client brought it

---@class Scenario
---@field params? table<string, Quantity|number|boolean|string>
---@field topology Topology|fun(p: table): Topology
---@field must_see? string[]|fun(p: table): string[]
---@field always? (Check|function)[]|fun(p: table): (Check|function)[]
---@field budget? table<string, Quantity|number>
---@field settle? { quiet: Duration?, within: Duration? }|Duration|boolean
---@field story fun(w: World, p: table)

-- A file ---------------------------------------------------------------------------------------

---Makes the scenario that the file returns; a file makes one.
---Errors: an unknown field (the nearest is named), a field of a wrong type, no topology, no story.
---@param fields Scenario
---@return Scenario
function scenario(fields) end

---Loads lib/<name>.lua of the scenario's folder, those above, or distrosim's own.
---Errors: no such file in the folders that are searched, a name that leaves them, a library that requires itself.
---@param name string
---@return any
function require(name) end

---A table of measured round trips, for `rtt_from`: data/rtt/<name>.tsv, from row to column.
---Errors: no such table, a place that it lacks (the nearest is named).
---@param name string of data/rtt/<name>.tsv
---@param map? table<string, string> from sites to places
---@return userdata
function rtt_table(name, map) end

---What a property of Nacos or a switch of `distrosim profiles` is, in the profile that the run has. In `must_see` and
---`always`, too; settings of the topology count once it has been read.
---Errors: a property that does not exist (the nearest is named).
---@param property string
---@return boolean|integer|Duration
function setting(property) end

---A table of a high quantile of measured round trips, for `jitter` beside `rtt_from`: delays are lognormal between the
---two.
---Errors: no such table.
---@param name string of data/rtt/<name>.tsv
---@return userdata
function rtt_spread(name) end

---How long a JVM stops, drawn anew at each call from logs of real servers (data/gc_pauses.tsv). A kind: the logs that
---have it count alike. A collector: any of its pauses, as often as they come.
---Errors: a kind that was not measured (the nearest is named).
---@param kind "cms"|"cms_young_parnew"|"cms_initial_mark"|"cms_remark"|"cms_concurrent_mode_failure"|"g1"|"g1_young"|"g1_mixed"|"g1_remark"|"full"|"any_safepoint_stop"|string
---@return Duration
function gc_pause(kind) end

---How long a network partition lasts, drawn anew at each call (data/faults.tsv): software lognormal with median
---2.7 min and sigma 1.21, hardware with 32 min and 3.11, cut off at 3.7 days.
---Errors: another cause.
---@param cause "software"|"hardware"
---@return Duration
function outage(cause) end

-- Quantities -----------------------------------------------------------------------------------

---Microseconds.
---Errors: not a finite number.
---@param n number any; a fraction is rounded to a whole microsecond
---@return Duration
function us(n) end
---Milliseconds.
---Errors: not a finite number.
---@param n number any, fractions too
---@return Duration
function ms(n) end
---Seconds.
---Errors: not a finite number.
---@param n number any, fractions too
---@return Duration
function s(n) end
---Minutes.
---Errors: not a finite number.
---@param n number any, fractions too
---@return Duration
function minutes(n) end
---Hours.
---Errors: not a finite number.
---@param n number any, fractions too
---@return Duration
function hours(n) end
---A proportion: ratio(1, 1000) is one in a thousand.
---Errors: not a finite number, below is 0.
---@param above number any
---@param below number not 0
---@return Proportion
function ratio(above, below) end
---A proportion: percent(5) is 1 in 20.
---Errors: not a finite number.
---@param n number any; where a chance is meant 0 to 100
---@return Proportion
function percent(n) end
---A proportion: parts per million.
---Errors: not a finite number.
---@param n number any; where a chance is meant 0 to 1000000
---@return Proportion
function ppm(n) end
---Thousands of bits per second.
---Errors: not a finite number.
---@param n number any; a link takes 0.001 and more
---@return Bandwidth
function kbit(n) end
---Millions of bits per second.
---Errors: not a finite number.
---@param n number any
---@return Bandwidth
function mbit(n) end
---Thousands of millions of bits per second.
---Errors: not a finite number.
---@param n number any
---@return Bandwidth
function gbit(n) end
---Bytes.
---Errors: not a finite number.
---@param n number any
---@return Size
function bytes(n) end
---Units of 1024 bytes.
---Errors: not a finite number.
---@param n number any
---@return Size
function kib(n) end
---Units of 1024 * 1024 bytes.
---Errors: not a finite number.
---@param n number any
---@return Size
function mib(n) end
---Events per second.
---Errors: not a finite number.
---@param n number any
---@return Rate
function per_second(n) end
---Events per minute.
---Errors: not a finite number.
---@param n number any
---@return Rate
function per_minute(n) end

-- Chance ---------------------------------------------------------------------------------------

---A value drawn uniformly from the seed, anew at each call. Two integers give an integer, both ends included.
---Errors: values of two kinds, low above high.
---@generic T: Quantity|number
---@param low T
---@param high T
---@return T
function between(low, high) end
---An element drawn from the seed, anew at each call; a choice, which a list of choices (`replay --choices`) or a
---search decides instead.
---Errors: no list, an empty one.
---@generic T
---@param list T[]
---@return T
function one_of(list) end
---An instant at which a search may spend a fault; elsewhere it does nothing.
---Errors: no text; inside a predicate or a check.
---@param name string
function fault_point(name) end
---The same elements in an order drawn from the seed.
---Errors: no list.
---@generic T
---@param list T[]
---@return T[] a new list
function shuffle(list) end
---How long until the next arrival of a Poisson process, drawn anew at each call.
---Errors: not a rate, not above zero.
---@param rate Rate above zero
---@return Duration until the next arrival
function poisson(rate) end

-- Time and flow --------------------------------------------------------------------------------

---The instant, counted from the story's begin.
---@return Duration since the story began
function now() end
---Goes on later; other coroutines run meanwhile.
---Errors: a negative duration, beyond 14 days, inside a watched function.
---@param d Duration from zero
function wait(d) end
---Goes on at an instant.
---Errors: an instant gone by, beyond 14 days, inside a watched function.
---@param t Duration since the story began; not before now
function wait_until(t) end
---Calls f in a coroutine of its own at an instant. If the story ends before, that is an error.
---Errors: an instant gone by, beyond 14 days.
---@param t Duration since the story began; not before now
---@param f function
function at(t, f) end
---Calls f in a coroutine of its own later. If the story ends before, that is an error.
---Errors: a negative duration, beyond 14 days.
---@param d Duration from now, from zero
---@param f function
function after(d, f) end
---Runs f in a coroutine of its own, at once up to its first wait. It is dropped when the story ends.
---Errors: no function.
---@param f function
function spawn(f) end
---Calls f in a coroutine of its own again and again, the first time after d, until stopped or the story ends.
---Errors: a duration that is not above zero.
---@param d Duration above zero
---@param f function
---@return Every
function every(d, f) end
---Writes a heading, on the console and in the trace.
---Errors: not a text.
---@param text string a heading of the trace
function step(text) end
---Writes a line below the last heading: the values, separated by blanks.
---Errors: none.
---@param ... any
function log(...) end
---Writes a sentence of what the story found; `distrosim ask` prints these, and summary.json has them.
---Errors: not a text.
---@param text string
function answer(text) end

---@class Every
local Every = {}
---No further calls; one under way goes on.
function Every:stop() end

-- What must hold -------------------------------------------------------------------------------

---What must hold now; if it does not, the run ends, unsafe. Returns the condition.
---Errors: no condition.
---@param condition any
---@param message? string
---@return any condition
function expect(condition, message) end
---Waits until f is true, and returns how long that took; if it is not true in time the run ends, diverged.
---Errors: a negative duration, no function, a message that is not UTF-8.
---@param within Duration from now, from zero
---@param f fun(w: World): any
---@param message? string
---@return Duration took
function eventually(within, f, message) end
---Like eventually; if f is true too early the run ends, unsafe.
---Errors: a negative duration, earliest after latest, no function.
---@param earliest Duration from now, from zero
---@param latest Duration from now, not before earliest
---@param f fun(w: World): any
---@param message? string
---@return Duration took
function within(earliest, latest, f, message) end
---What must hold from here to the end, or until stopped; each stretch in which it does not is a violation, unsafe.
---Errors: no function and no check, more than 256 checks.
---@param f Check|fun(w: World): any
---@param message? string
---@return Watch
function always(f, message) end
---What must not be true from here to the end, or until stopped.
---Errors: no function.
---@param f fun(w: World): any
---@param message? string
---@return Watch
function never(f, message) end
---Keeps when f was true, and claims nothing.
---Errors: no function.
---@param f fun(w: World): any
---@return Watch
function watch(f) end
---Keeps a figure under a name; a later value replaces an earlier one.
---Errors: a name that is empty or not UTF-8, a value that is not finite.
---@param name string
---@param value number|Quantity any finite one
function measure(name, value) end
---Limits for figures, judged at the end of the run: above one the run is unsafe. A name is a measured figure or one of
---API.md 6.
---Errors: a limit of a wrong unit; at the end, a name without a figure (the nearest is named).
---@param limits table<string, number|Quantity>
function budget(limits) end

---@class Watch
local Watch = {}
---It is not watched any longer.
function Watch:stop() end
---When f was first true; nil: never. Errors: the handle of always or never.
---@return Duration?
function Watch:first() end
---Each stretch in which f was true; the last has no end if it still is. Errors: the handle of always or never.
---@return { from: Duration, to: Duration? }[]
function Watch:spans() end

checks = {}
---Violated when a live, acknowledged instance is not listed by a node: the first time, grace (s(12)) after its
---acknowledgement or the node's load; later, for longer than gap (grace).
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { grace: Duration?, gap: Duration?, heal: Duration? }
---@return Check
function checks.no_lost_instances(fields) end
---Violated when a gone instance is listed longer than grace (s(186)) after it went.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.no_zombies(fields) end
---Violated when an instance that was gone everywhere is listed again without an operation, longer than grace (s(186))
---after it went.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.no_resurrection(fields) end
---Violated when an ip:port client is owned by no live node, or by two that can call each other, for longer than grace
---(s(40)).
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.one_owner(fields) end
---Violated when a loaded node lists nothing of a service with a live, acknowledged instance, for longer than grace
---(s(12)).
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.no_empty_service(fields) end
---Violated when a node has more delayed (pending) or queued tasks than that; without a field there is no bound.
---Errors: an unknown field, a negative number.
---@param fields? { pending: integer?, queued: integer?, heal: Duration? }
---@return Check
function checks.bounded_queue(fields) end
---Violated when a second has more bytes, or at the end an acknowledged write more messages (amplification); without a
---field there is no bound.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { bytes_per_s: Size?, amplification: number?, heal: Duration? }
---@return Check
function checks.bounded_traffic(fields) end
---Violated when more than failures (3) VERIFY in a row are answered FAIL for one client and peer.
---Errors: an unknown field, a negative number.
---@param fields? { failures: integer?, heal: Duration? }
---@return Check
function checks.verify_quiet(fields) end
---Violated when a lease ends a native (2.x) client.
---Errors: an unknown field.
---@param fields? { heal: Duration? }
---@return Check
function checks.no_native_expiry(fields) end
---Violated when the index of services differs from the client records, or when a query is answered from a list older than
---600 ms.
---Errors: an unknown field.
---@param fields? { heal: Duration? }
---@return Check
function checks.view_matches_store(fields) end
---Violated when 1 in 100 acknowledged operations took longer than p99 (s(6)) to converge.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { p99: Duration?, heal: Duration? }
---@return Check
function checks.staleness(fields) end
---Violated when a bridge's copy flows back or is doubled, or a bridge deletes what it did not bring, for longer than
---grace (s(0)).
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.bridge_clean(fields) end
---Violated when a node's store has other content of a listed live instance than its last acknowledged for longer than
---grace (s(12)), counted from the acknowledgement, the node's load or the end of an excuse.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.no_stale_content(fields) end
---Violated when a node, since its boot, shows content of an operation after that of a later one, both acknowledged and
---unequal; content equal to the latest is no rollback.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { heal: Duration? }
---@return Check
function checks.no_rollback(fields) end
---Violated when an instance of the truth is in the store of no live, loaded node for longer than grace (s(12)); cuts
---excuse nothing, and a time without any live node does not count.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.no_lost_write(fields) end
---Violated when a client that subscribed has no provider to call in its list for longer than grace (0 s), though a provider
---lives and can be reached from its site; not for heal (s(15)) after a cut or a heal, in a world of several sites.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.no_empty_consumer(fields) end

---Violated when two servers lead in one term of Raft.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { heal: Duration? }
---@return Check
function checks.election_safety(fields) end
---Violated when entries of Raft's logs with one index and term differ, or what precedes them does.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { heal: Duration? }
---@return Check
function checks.log_matching(fields) end
---Violated when a leader of Raft lacks an entry that was committed in a former term.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { heal: Duration? }
---@return Check
function checks.leader_completeness(fields) end
---Violated when two servers apply different entries at one index of Raft's log.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { heal: Duration? }
---@return Check
function checks.state_machine_safety(fields) end
---Violated when no order of the writes by Raft explains who saw which; judged at the end.
---Errors: an unknown field, a value of a wrong unit.
---@param fields? { heal: Duration? }
---@return Check
function checks.linearizable_writes(fields) end

-- The world ------------------------------------------------------------------------------------

---A worker of a bridge, now and since its start. Of one that is down only alive says something.
---@class WorkerState
---@field alive boolean
---@field queue integer events that wait for the event thread
---@field oldest Duration age of the first of them
---@field beating integer instances that it keeps alive
---@field beats_late integer beats that wait for a thread
---@field tasks integer started, and not deleted since
---@field subscribed integer of them, with a listener
---@field deletions integer under way or waiting
---@field fallback Duration? what the last pass of everything took; nil: none has ended
---@field passes integer DO_SYNCs that ended well
---@field failures integer DO_SYNCs and deletions that did not
---@field dropped integer events that found their task under way
---@field copied integer registrations acknowledged
---@field removed integer deregistrations acknowledged
---@field again integer registrations since a beat was answered "unknown"

---@class World
local World = {}
---All members, in order, as several values; those that do not run, too.
---@return Node ... all, in order
function World:nodes() end
---The node of that name.
---Errors: no such node (the nearest is named).
---@param name string
---@return Node
function World:node(name) end
---Those that run.
---@return Node[]
function World:live_nodes() end
---The members at a site.
---Errors: no such site (the nearest is named).
---@param name string
---@return Node[]
function World:site(name) end
---A new node boots and appears in every member list of its cluster. Without a name it is the next of its site; the
---site is that of the name, or the first.
---Errors: a name or address that is taken, no such site, more than 1000 nodes, several clusters and none named.
---@param name? string
---@param options? { site: string?, address: string?, known_as: string? } known_as: the address under which the others list it
---@return Node
function World:join(name, options) end
---Drains a node and removes it from every member list.
---Errors: one that has left.
---@param n Nodes
function World:leave(n) end
---What this node alone takes for the member list.
---Errors: no such node.
---@param n Nodes
---@param list Nodes
function World:set_members(n, list) end
---The process ends at once: connections are reset, new ones refused, its memory is lost. Also a bridge's worker.
---Errors: one that has left.
---@param n Nodes
function World:crash(n) end
---Boots it, empty; one that runs crashes first. Also a bridge's worker.
---Errors: one that has left.
---@param n Nodes
function World:restart(n) end
---Restarts it as another release.
---Errors: no such profile (the nearest is named), one that has left.
---@param n Nodes
---@param profile string
function World:upgrade(n, profile) end
---Orderly end of the process. Also a bridge's worker.
---Errors: one that has left.
---@param n Nodes
function World:stop(n) end
---Freezes it, then it goes on; messages wait. Also a bridge's worker.
---Errors: a negative duration, one that has left.
---@param n Nodes
---@param d Duration from zero
function World:pause(n, d) end
---Requests to n take factor times as long as they cost (settings distrosim.requestCost and distrosim.httpCost), or
---(factor - 1) ms if they cost nothing; so its threads can all be busy, what comes then waits, and what finds the
---queue full is rejected.
---Errors: a factor that is not 1 to 1000000, a negative duration.
---@param n Nodes
---@param factor number 1 to 1000000; 1 is full speed
---@param d? Duration without it, until the node boots again
function World:slow(n, factor, d) end
---Changes the wall clock from now on: offset sets it, step moves it, drift (at most 50 %) sets the rate of both
---clocks. Values may be negative.
---Errors: an unknown field, a drift above 50 %.
---@param n Nodes
---@param clock Clock
function World:clock(n, clock) end
---Its disk, which Raft writes to, is like that for a time: latency of a sync (ms(2)); full refuses writes; torn leaves a
---write in part at a crash; lose_unsynced makes a crash a power failure. What is not named is as usual.
---Errors: an unknown field, a negative duration, a topology with raft = false.
---@param n Nodes
---@param faults { latency: Duration?, full: boolean?, torn: boolean?, lose_unsynced: boolean? }
---@param d? Duration without it, to the end
function World:disk(n, faults, d) end
---An operator at a console changes what queries and pushes say of an instance, and waits, at most 10 s. What is not named
---stays. False and why: "no leader"; "timeout", it may or may not come through; "refused", the server is down, lists nothing
---of the service, or got an error back.
---Errors: no service, no ip, an unknown field, a weight that is not 0 to 10000, a topology with raft = false.
---@param change { service: string, group: string?, namespace: string?, ip: string, port: integer?, cluster: string?, enabled: boolean?, weight: number?, metadata: table<string, string>?, server: Node|string? } server: without it the first live one
---@return boolean ok
---@return string? reason
function World:override(change) end
---An operator at a console sets the threshold of a service's protection, and waits, at most 10 s: while no more than that
---part of its instances is healthy, lists say of all that they are. It may be set before there is such a service. False and
---why: "no leader"; "timeout"; "refused", the server is down or got an error back.
---Errors: no service, an unknown field, a threshold that is not 0 to 1, a topology with raft = false.
---@param change { service: string, group: string?, namespace: string?, protect_threshold: number, server: Node|string? } protect_threshold: 0 to 1; server: without it the first live one
---@return boolean ok
---@return string? reason
function World:set_service(change) end
---An operator at a console says how servers check the persistent instances of a service's cluster, and waits, at most 10 s.
---False and why: as set_service; "refused" also where the server lists no such service.
---Errors: no service, no such check, an unknown field, a topology with raft = false.
---@param change { service: string, group: string?, namespace: string?, cluster: string?, check: "tcp"|"http"|"none", server: Node|string? } server: without it the first live one
---@return boolean ok
---@return string? reason
function World:set_cluster(change) end
---Its disk is empty at its next boot: the voter has forgotten its votes and its log.
---Errors: a topology with raft = false.
---@param n Nodes
function World:wipe(n) end
---Cuts every group from all others; a node in no group can talk to none. Adds to other cuts, until healed.
---Errors: no group, a party in two groups.
---@param ... Party groups
function World:partition(...) end
---Cuts it from all other nodes, until healed.
---Errors: no such party.
---@param n Party
function World:isolate(n) end
---Cuts two parties from each other, until healed. oneway: what a sends, its answers too, never reaches b. calls: calls
---that a starts towards b fail at once, all else passes.
---Errors: an unknown option, no such party.
---@param a Party
---@param b Party
---@param options? { oneway: boolean?, calls: boolean? }
function World:cut(a, b, options) end
---Cuts left from right; both still talk to a.
---Errors: no such party.
---@param a Party
---@param left Party
---@param right Party
function World:bridge(a, left, right) end
---Each talks to its two neighbours in the list only.
---Errors: no such party.
---@param list Party
function World:ring(list) end
---Packets to and from it disappear, those of its clients too.
---Errors: no such party.
---@param n Party
function World:blackhole(n) end
---Ends all cuts and link changes, or those between two parties; interceptions stay.
---Errors: no such party.
---@param a? Party
---@param b? Party
function World:heal(a, b) end
---Changes the named fields of the links between two parties, both ways, until healed.
---Errors: an unknown field, a value of a wrong unit, rtt and delay together.
---@param a Party
---@param b Party
---@param link Link
function World:link(a, b, link) end
---Cuts and heals in turn: times (10; 1 to 1000000) outages of down, up in between.
---Errors: a time of zero, an unknown option.
---@param a Party
---@param b Party
---@param options { down: Duration?, up: Duration?, times: integer? } default s(1), s(1) and 10
function World:flap(a, b, options) end
---Messages between two parties wait, then arrive in order.
---Errors: a negative duration.
---@param a Party
---@param b Party
---@param d Duration from zero
function World:clog(a, b, d) end
---@class InterceptOptions
---@field from? Node|Client|string
---@field to? Node|Client|string
---CHANGE DELETE VERIFY SNAPSHOT REPORT HEALTH CONNECT FORWARD; in 1.x DATUM CHECKSUM PULL STATUS STATUSES; with clients
---REGISTER DEREGISTER BEAT SUBSCRIBE QUERY PUSH PING DETECT; Raft's APPEND VOTE PREVOTE INSTALL WRITE CHECK
---@field op? string
---@field nth? integer|integer[]|"all" which of those that match, counted from `after`; default 1, "all" with a chance or to observe
---@field after? Duration an instant; default now
---@field before? Duration an instant; default none
---@field chance? Proportion with which each of them is hit
---@field action? "drop"|"delay"|"drop_reply"|"delay_reply"|"refuse_apply"|"duplicate"|"observe" default "drop"
---@field by? Duration of delay and delay_reply; default s(8)
---@field reply? "fail"|"ok" of refuse_apply; default "fail"
---Picks calls out and does something to them; an answer belongs to its call.
---Errors: an unknown field, op or action (the nearest is named), an ordinal below 1.
---@param options InterceptOptions
---@return Interception
function World:intercept(options) end
---@class Quantiles
---@field count integer
---@field p50? Duration nil if there is none, as for the others
---@field p90? Duration of 10 at most 1 is above
---@field p99? Duration of 100 at most 1 is above
---@field max? Duration the greatest
---What a site's nodes list and its consumers see, since 0. Sums over nodes or consumers.
---@class SiteFigures
---@field lost Duration instance time, over the site's nodes
---@field zombies Duration likewise
---@field zombies_left integer listed by its nodes now, though dead
---@field zombie_age Quantiles of those no longer listed: how long they were, though dead
---@field last_zombie? Duration when the last of them went
---@field writes integer calls of its clients, registrations and their removal
---@field writes_failed integer
---@field reads integer subscriptions, queries, polls
---@field reads_failed integer
---@field consumer_time Duration caches with a list in them
---@field stale Duration caches that are not what the truth is
---@field longest_stale Duration in one cache
---@field false_empty Duration no instance in the cache can be called, though one lives and can be reached
---@field listed_dead Duration entries that are dead
---@field unreachable Duration entries that live and cannot be reached
---@field flaps integer entries that left a cache and came back though nothing had happened to them
---@field locality? number share of entries near by, while one lives near by
---What clients of one site did, as it came to another, and what flowed that way.
---@class DirectionFigures
---@field nodes Quantiles acknowledged changes, until all live nodes there had them
---@field consumers Quantiles until all consumers there had them
---@field node_deaths Quantiles from kill() on
---@field consumer_deaths Quantiles
---@field under_way integer not yet shown by all nodes there
---@field oldest Duration of those
---@field messages integer requests and answers
---@field bytes Size
---@field peak_messages integer in one second
---@field peak_bytes Size
---@field by_class table<"sync"|"repair"|"verify"|"load"|"report"|"health"|"write"|"beat"|"query"|"push"|"services", { messages: integer, bytes: Size, replies: integer, reply_bytes: Size }> requests, and answers to the other site's
---Errors: a topology of one site, no such site, a missing field.
---@param options { site: string }
---@return SiteFigures
---@overload fun(self: World, options: { from: string, to: string }): DirectionFigures
function World:metrics(options) end
---Calls and answers since 0, by caller, called and operation; a field that is left out means any.
---Errors: an unknown field or op (the nearest is named).
---@param options? { from: Node|Client|string?, to: Node|Client|string?, op: string? }
---@return { messages: integer, bytes: Size, replies: integer, reply_bytes: Size, failed: integer }
function World:traffic(options) end
---@class ChaosOptions
---@field for_ Duration
---@field crash? Rate crashes, of 1 to 60 s; at most 1000 per second, default none, as for the others
---@field partition? Rate cuts, of 1 to 60 s unless `partitions` says otherwise
---@field pause? Rate pauses, of 0.1 to 30 s unless `pauses` says otherwise
---@field clock? Rate steps of wall clocks, up to 60 s either way
---@field link? Rate links with loss and jitter, for 1 to 60 s
---@field pauses? string how long a pause lasts, as gc_pause draws it; otherwise 0.1 to 30 s
---@field partitions? "software"|"hardware" how long a partition lasts, as outage draws it, and its shape: complete, partial (some talk to both sides) or one way as 69 to 29 to 2, one node alone in 88 %; otherwise 1 to 60 s, and each node on either side
---@field keep? integer how many nodes stay up, default 1
---@field heal? boolean|"core" true: when the time is over all is healed; false: faults stay; "core": `core` nodes, drawn, are up and healed, the others stay as they are and are cut off from them, and the run is red (check `core`, diverged) unless the core converges: equal views, and in them just who is there of those whose server is in the core. The bound is summed from the nodes' settings (313 s with stock ones) plus what wall clocks were set back; the run lasts until then
---@field core? integer how many nodes are the core; default a majority, or `keep` if that is more
---Draws faults from the seed as Poisson processes, for a time, beside what the story does.
---Errors: no for_, more than 1000 faults per second, pauses or partitions without their rate, core without heal =
---"core".
---@param options ChaosOptions
function World:chaos(options) end
---@class SdkOptions how the client's SDK behaves
---@field kind? "nacos-client-2"|"nacos-client-1"
---@field sdk? string a release from "1.1.0" on, or "2.0" for the last of a line (distrosim sdks); it brings its kind
---@field empty_protection? boolean default false; ignores lists without a healthy host of weight (namingPushEmptyProtection)
---@field async_query? boolean 2.x: asks for its lists again (namingAsyncQuerySubscribeService); default true up to 2.1, else false
---@field light_beats? boolean 1.x: beats shrink once a server has said that it takes them; default true, in 1.1 false
---@field keep_alive? Duration 1.x: how long an idle HTTP connection is used again, default none; into a black hole that costs 50 s, not 3 s
---@field beat_threads? integer 1.x: threads that send beats, 1 to 1024, default 4 (namingClientBeatThreadCount)
---@field dual? string[] two clusters, its own first: registers and subscribes in both (Polaris Java agent)
---@field nearby? boolean of what both list it uses the instances of its own cluster, if there are any; needs dual
---@field agent? "polaris"|"ideal" what joins the two: the agent as it is (SDKs up to 2.1; default), or as one would wish
---@field lb? "list"|"readiness"|"round-robin"|"dns" what stands before the servers: nothing, the SDK's own list (default); a balancer whose every connection (1.x: request) goes to the next server that is ready, or to the next; a name that resolves to the ready ones. With it `server` says only where the client sits
---@field dns_ttl? Duration how long the addresses of a name are kept, default s(30); needs lb = "dns"
---@class ClientOptions: SdkOptions
---@field name? string
---@field server? Node|string
---@field ip? string
---@field port? integer 1 to 65535; default 8080
---@field api? "v1"|"v2"|"v3" 1.x: the open API it uses, default v1; v2 and v3 are executed by the server that is asked, drawn for each call unless `server` fixes it
---@field subscribe? Service|Service[]
---@field load_cache_at_start? Client|string whose lists it finds on disk (namingLoadCacheAtStart)
---Starts a process with an SDK; returns at once, and it connects whether or not a server is ready.
---Errors: a name that is taken, no server, an unknown field, an SDK that contradicts kind, a field of the other kind.
---@param options? ClientOptions
---@return Client
function World:client(options) end
---@class FleetOptions: SdkOptions
---@field name? string default fleet1, fleet2 ..; members are <name>-1 .., services <name>.svc-1 ..
---@field server? Nodes where its members begin; default any, drawn for each
---@field clients? integer default 1000
---@field services? integer default 100
---@field services_of? Fleet it publishes and subscribes to the services of this one
---@field instances? integer services that a member publishes an instance of, default 1; 0: a pure consumer
---@field subscribe? integer services that a member subscribes to, default 0
---@field spread? "even"|"zipf" over the services, default "even"
---@field sites? table<string, number|Proportion> the chances with which each member draws its site
---@field payload? Size of an instance's metadata, default bytes(120)
---@field at? "start"|Duration an instant; default now
---@field over? Duration in which all have started, default s(1)
---Starts many clients.
---Errors: an unknown field, a number out of range, server and sites together, services and services_of together, a
---time gone by.
---@param options? FleetOptions
---@return Fleet
function World:fleet(options) end
---The database of a bridge: while it is down no pass succeeds and no task is read.
---Errors: no such bridge, another state.
---@param bridge string "east>west"
---@param state "down"|"up"
function World:bridge_database(bridge, state) end
---A task's row: "stop" sets its status to DELETE, for all workers; "delete" is what the console of one worker
---does; "start" makes it, or starts it again.
---Errors: no such bridge, task or worker, another change.
---@param bridge string
---@param service string|{ service: string, group: string? } "ALL": the task of every service
---@param change "start"|"stop"|"delete"
---@param options? { worker: integer }
function World:bridge_task(bridge, service, change, options) end
---What a worker is doing.
---Errors: no such worker.
---@param worker string "east>west/1"
---@return WorkerState
function World:bridge_state(worker) end
---A handle with every verb of the world restricted to one cluster, where "n1" is "east/n1". It also
---stands for the cluster in a cut, and for its servers in `server =`.
---Errors: no such cluster (the nearest is named).
---@param name string
---@return World
function World:cluster(name) end
---Waits until nothing but periodic traffic has moved for quiet; if that takes longer than within the run ends,
---diverged.
---Errors: an unknown option, inside a watched function.
---@param options? { quiet: Duration?, within: Duration? } default s(30) and minutes(10)
function World:settle(options) end
---All live nodes have equal views, health and metadata included, and list just the instances of the truth with the
---contents last acknowledged (old and new while an operation's end is not known); also if none lives.
---@return boolean
function World:converged() end
---All live nodes have equal views; also if none lives.
---@return boolean
function World:agree() end
---Every live node knows x, and one lives.
---Errors: neither client, fleet, instance, name nor list of them.
---@param x Known
---@return boolean
function World:all_know(x) end
---No live node lists an instance of x.
---Errors: neither client, fleet, instance, name nor list of them.
---@param x Known
---@return boolean
function World:none_knows(x) end
---What live clients really publish, of a service or of all, known from their acknowledged operations.
---Errors: a service without a name.
---@param service? Service
---@return Instance[]
function World:truth(service) end
---Publishes a configuration at a server: the named one, or the first live one of a cluster or site. False: none runs.
---Errors: no id, no value, no such server.
---@param options { id: string, value: string, server: Node|string? }
---@return boolean ok
---@return string? reason
function World:publish_config(options) end
---Copies one cluster's database into another's, one way and from now on.
---Errors: no such cluster, a negative lag.
---@param options { from: string, to: string, lag: Duration|Duration[]? } lag: one, or least and greatest; default half a round trip and 0.5 s
function World:config_copy(options) end

---@class Interception
local Interception = {}
---How many it hit.
---@return integer
function Interception:seen() end
---When those were sent.
---@return Duration[]
function Interception:times() end
---It hits no more.
function Interception:stop() end

-- Nodes ----------------------------------------------------------------------------------------

---@class Node
---@field name string
---@field address string
---@field site string
---@field cluster string "" in a world of one cluster without a name
local Node = {}
---What a query of the service answers, by address: without instances that are not enabled; from 2.0 on from a list that
---is renewed 0.5 to 0.6 s after a change. A service never asked for nor pushed is computed fresh. Looking renews nothing;
---of a node that is down, nothing.
---Errors: a service without a name.
---@param service Service
---@return Instance[]
function Node:instances(service) end
---What the node's client records say of the service now, by address, in the form of instances; of a node that is down,
---nothing.
---Errors: a service without a name.
---@param service Service
---@return Instance[]
function Node:stored(service) end
---Names of the services with an instance, in order; group@@ and namespace# in front where they are not the usual ones.
---@return string[]
function Node:services() end
---Does it list every instance that x publishes or last published, healthy or not? False if x never had one
---acknowledged, and of a node that is down.
---Errors: neither client, fleet, instance, name nor list of them.
---@param x Known
---@return boolean
function Node:knows(x) end
---How many instances it lists.
---@return integer
function Node:count() end
---Of its view: equal views have equal digests.
---@return integer
function Node:digest() end
---`queued` counts what waits at the node's workers: Distro tasks, and requests that wait for a thread. The
---latter by pool in `threads`: `cluster` and `sdk` are the gRPC servers', `http` is Tomcat's; a pool's threads
---are counted only while its requests cost something (settings distrosim.requestCost, distrosim.httpCost, or
---w:slow).
---@return { ready: boolean, initialised: boolean, healthy: string[], members: table<string, string>, rpc: table<string, boolean>, clients: integer, owned: integer, pending: integer, queued: integer, threads: table<string, { busy: integer, queued: integer, rejected: integer }> }
function Node:state() end
---Since it booted, to one peer or to all; those that concern no peer only without one.
---Errors: no such node.
---@param peer? Node|string
---@return table<string, integer>
function Node:counters(peer) end
---What a property of Nacos or a switch of `distrosim profiles` is on this node.
---Errors: a property that does not exist (the nearest is named).
---@param property string
---@return boolean|integer|Duration
function Node:setting(property) end
---Is it responsible for the tag, now? DistroMapper's answer.
---Errors: a tag that is not UTF-8.
---@param tag string
---@return boolean
function Node:owns(tag) end
---Does its process run?
---@return boolean
function Node:alive() end
---Can it call a majority of its members, and they it? What Nacos keeps by Raft (persistent instances, metadata) can be
---written where it can.
---@return boolean
function Node:quorum() end
---Its voter; nil while the node is down. A learner is in no configuration yet, or its disk refused a write.
---Errors: a topology with raft = false.
---@return { role: "leader"|"follower"|"candidate"|"learner", term: integer, leader: string?, commit: integer, applied: integer }?
function Node:raft() end
---What it serves of a configuration; nil: it knows none, or does not run.
---Errors: not a text.
---@param id string
---@return string?
function Node:config(id) end
---Changes that it took, and those that a run of its change worker passed over, since it booted.
---@return { applied: integer, missed: integer }
function Node:config_counters() end

-- Clients --------------------------------------------------------------------------------------

---@class RegisterOptions
---@field service string
---@field group? string
---@field namespace? string
---@field ip? string
---@field port? integer 0 to 65535; default the client's
---@field weight? number 0 to 10000; default 1
---@field healthy? boolean
---@field enabled? boolean
---@field cluster? string
---@field metadata? table<string, string>
---@field ephemeral? boolean false: by Raft, sent once, without redo or beats; it outlives its client (true)

---@class Client
---@field name string
---@field ip string
---@field port integer
---@field kind string
---@field site string
local Client = {}
---Registers an instance and waits. True; or false and why: refused, timed out, or not connected for as long as the SDK
---waits.
---Errors: no service, an unknown field, a weight that is not 0 to 10000, a port that is not 0 to 65535, a client that
---has gone.
---@param options RegisterOptions
---@return boolean ok
---@return string? reason
function Client:register(options) end
---Registers several instances of a service at once (2.x) and waits; results as register.
---Errors: an empty list, a client of kind nacos-client-1, an unknown field.
---@param options { service: string, group: string?, namespace: string?, instances: table[] }
---@return boolean ok
---@return string? reason
function Client:register_batch(options) end
---Takes back what it publishes of a service, or with ip or port one of several, and waits; results as register. What was
---never registered: true, and nothing changes. With ephemeral = false: a persistent instance, no matter who registered it;
---ip, port and cluster say which.
---Errors: a service without a name, a port that is not 0 to 65535, an unknown field, a client that has gone, ephemeral =
---false where the topology says raft = false.
---@param service Service|{ service: string, group: string?, namespace: string?, ip: string?, port: integer?, cluster: string?, ephemeral: boolean? }
---@return boolean ok
---@return string? reason
function Client:deregister(service) end
---Registers again with other fields and waits; what is left out stays, and so does the service if there is only one.
---Errors: as register; a batch.
---@param options RegisterOptions
---@return boolean ok
---@return string? reason
function Client:update(options) end
---Orderly end: it takes its instances back and disconnects. Further operations are errors.
---@return boolean ok
---@return string? reason
function Client:close() end
---The process dies without a word. Further operations are errors.
function Client:kill() end
---The process dies and its host lives on: its connections are reset at once, but for those behind a cut. No server
---learns of a 1.x client's end before its beats are missed. Further operations are errors.
function Client:crash() end
---Freezes the process, then it goes on.
---Errors: a negative duration, a client that has gone.
---@param d Duration from zero
function Client:pause(d) end
---What it answers from now on to a server that checks its health over HTTP. 200 is healthy; 302 and 503 are unhealthy after
---three in a row; any other is at once.
---Errors: a status that is not 100 to 599, a client that has gone.
---@param status integer 100 to 599; 200 unless told
function Client:health_page(status) end
---The operator's failover switch: within 5 s `sees` gives the lists written to disk (10 s after the start, then daily).
---Errors: neither true nor false.
---@param on boolean
function Client:failover(on) end
---Moves to another server and waits; results as register.
---Errors: a server of a cluster that it does not know.
---@param node Node|string
---@return boolean ok
---@return string? reason
function Client:connect(node) end
---Where it is connected; nil: nowhere.
---Errors: a cluster that it does not know.
---@param cluster? string of a dual client: towards which; its own by default
---@return Node?
function Client:server(cluster) end
---Subscribes to a service and waits; results as register.
---Errors: a service without a name, a client that has gone.
---@param service Service
---@return boolean ok
---@return string? reason
function Client:subscribe(service) end
---What its cache lists of a service.
---Errors: a service without a name.
---@param service Service
---@return Instance[]
function Client:sees(service) end
---What the last change event told its listeners; a 2.x SDK raises none for a list with an older lastRefTime.
---Errors: a service without a name.
---@param service Service
---@return Instance[]
function Client:heard(service) end
---What the last subscription was answered with; of a dual client, what its caller was handed, merged and filtered.
---Errors: a service without a name.
---@param service Service
---@return Instance[]
function Client:answered(service) end
---Begins an operation without waiting for its end.
---Errors: no such operation (the nearest is named), and those of the operation.
---@param operation string
---@param ... any what the operation takes; or call what this returns with it
---@return Posted
function Client:post(operation, ...) end
---requests, failed, beats, beats_failed, redos, switches: since it was started.
---@return table<string, integer>
function Client:counters() end
---What its server tells it of a configuration; nil without a server.
---Errors: not a text.
---@param id string
---@return string?
function Client:config(id) end

---@class Posted
local Posted = {}
---Nil while it is under way; then true, or false and why.
---@return boolean? ok nil while it is under way
---@return string? reason
function Posted:done() end

---@class Fleet
local Fleet = {}
---@class ChurnOptions
---@field register? Rate new members; default none, as for the others
---@field deregister? Rate members that take an instance back
---@field close? Rate members that end in order
---@field kill? Rate members that die without a word
---@field update? Rate members that register with other metadata
---@field crash? Rate members whose process dies with its connections reset
---@field for_? Duration default: until the run ends
---Draws operations of its members from the seed as Poisson processes, beside what the story does.
---Errors: more than a million events per second in all, an unknown field.
---@param options ChurnOptions
function Fleet:churn(options) end
---So many members end in order.
---Errors: not a whole number from 0.
---@param n integer from 0
function Fleet:close(n) end
---So many members die without a word.
---Errors: not a whole number from 0.
---@param n integer from 0
function Fleet:kill(n) end
---The processes of so many members die, and their connections are reset.
---Errors: not a whole number from 0.
---@param n integer from 0
function Fleet:crash(n) end
