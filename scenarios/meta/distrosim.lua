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
---@field port? integer

---@class Instance
---@field ip string
---@field port integer
---@field cluster string
---@field weight number
---@field healthy boolean
---@field enabled boolean
---@field metadata table<string, string>
---@field client? string

---@class Link
---@field rtt? Duration
---@field delay? Duration one way
---@field jitter? Proportion|userdata or rtt_spread "name"
---@field loss? Proportion
---@field burst? { enter: Proportion?, leave: Proportion?, loss: Proportion? }
---@field bandwidth? Bandwidth
---@field queue? Size of what waits for the bandwidth; what finds it full is lost
---@field mtu? Size a longer message takes several packets, and each may be lost; at least bytes(68)
---@field duplicate? Proportion of requests that arrive twice
---@field reorder? Proportion of messages that come a round trip late, so that later ones overtake them
---@field corrupt? Proportion of messages that are damaged, thus lost; unlike loss, nothing sends them again

---@class Clock
---@field offset? Duration
---@field drift? Proportion
---@field step? Duration

---@class Topology
---@field nodes? integer
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
---@field clocks? table<string, Clock>
---@field framing? Size
---@field clients? "nacos-client-2"|"nacos-client-1"
---@field boot? "auto"|"manual"
---@field bridges? Bridge[] between clusters

---One of several clusters: east/n1 .., or with sites east/a/n1 ... What it says of its own nodes and links
---comes after what the topology says for all.
---@class Cluster
---@field nodes? integer
---@field sites? table<string, integer>
---@field lan? Link
---@field wan? Link
---@field links? table<string, Link>
---@field rtt_from? userdata
---@field profile? string
---@field profiles? table<string, string>
---@field settings? table<string, any>
---@field addresses? table<string, string>
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
---@field udp? boolean pushes cross the WAN (true)
---@field db_latency? Duration of a query to the database (ms(1))
---@field stall? Duration what a pooled connection into a black hole costs (s(3); the read time-out is s(50))
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

---@param fields Scenario
---@return Scenario
function scenario(fields) end

---Loads lib/<name>.lua of the scenario's folder, those above, or distrosim's own.
---@param name string
---@return any
function require(name) end

---@param name string of data/rtt/<name>.tsv
---@param map? table<string, string> from sites to places
---@return userdata
function rtt_table(name, map) end

---What a property of Nacos or a switch of `distrosim profiles` is, in the profile that the run has. In `must_see` and
---`always`, too; settings of the topology count once it has been read.
---@param property string
---@return boolean|integer|Duration
function setting(property) end

---@param name string of data/rtt/<name>.tsv
---@return userdata
function rtt_spread(name) end

---How long a JVM stops, drawn anew at each call from logs of real servers (data/gc_pauses.tsv). A kind: the logs that
---have it count alike. A collector: any of its pauses, as often as they come.
---@param kind "cms"|"cms_young_parnew"|"cms_initial_mark"|"cms_remark"|"cms_concurrent_mode_failure"|"g1"|"g1_young"|"g1_mixed"|"g1_remark"|"full"|"any_safepoint_stop"|string
---@return Duration
function gc_pause(kind) end

---How long a network partition lasts, drawn anew at each call (data/faults.tsv): software lognormal with median
---2.7 min and sigma 1.21, hardware with 32 min and 3.11, cut off at 3.7 days.
---@param cause "software"|"hardware"
---@return Duration
function outage(cause) end

-- Quantities -----------------------------------------------------------------------------------

---@param n number
---@return Duration
function us(n) end
---@param n number
---@return Duration
function ms(n) end
---@param n number
---@return Duration
function s(n) end
---@param n number
---@return Duration
function minutes(n) end
---@param n number
---@return Duration
function hours(n) end
---@param above number
---@param below number
---@return Proportion
function ratio(above, below) end
---@param n number
---@return Proportion
function percent(n) end
---@param n number
---@return Proportion
function ppm(n) end
---@param n number
---@return Bandwidth
function kbit(n) end
---@param n number
---@return Bandwidth
function mbit(n) end
---@param n number
---@return Bandwidth
function gbit(n) end
---@param n number
---@return Size
function bytes(n) end
---@param n number
---@return Size
function kib(n) end
---@param n number
---@return Size
function mib(n) end
---@param n number
---@return Rate
function per_second(n) end
---@param n number
---@return Rate
function per_minute(n) end

-- Chance ---------------------------------------------------------------------------------------

---@generic T: Quantity|number
---@param low T
---@param high T
---@return T
function between(low, high) end
---@generic T
---@param list T[]
---@return T
function one_of(list) end
---@generic T
---@param list T[]
---@return T[] a new list
function shuffle(list) end
---@param rate Rate
---@return Duration until the next arrival
function poisson(rate) end

-- Time and flow --------------------------------------------------------------------------------

---@return Duration since the story began
function now() end
---@param d Duration
function wait(d) end
---@param t Duration
function wait_until(t) end
---@param t Duration
---@param f function
function at(t, f) end
---@param d Duration
---@param f function
function after(d, f) end
---@param f function
function spawn(f) end
---@param d Duration
---@param f function
---@return Every
function every(d, f) end
---@param text string a heading of the trace
function step(text) end
---@param ... any
function log(...) end

---@class Every
local Every = {}
function Every:stop() end

-- What must hold -------------------------------------------------------------------------------

---@param condition any
---@param message? string
---@return any condition
function expect(condition, message) end
---@param within Duration
---@param f fun(w: World): any
---@param message? string
---@return Duration took
function eventually(within, f, message) end
---@param earliest Duration
---@param latest Duration
---@param f fun(w: World): any
---@param message? string
---@return Duration took
function within(earliest, latest, f, message) end
---@param f Check|fun(w: World): any
---@param message? string
---@return Watch
function always(f, message) end
---@param f fun(w: World): any
---@param message? string
---@return Watch
function never(f, message) end
---@param f fun(w: World): any
---@return Watch
function watch(f) end
---@param name string
---@param value number|Quantity
function measure(name, value) end
---@param limits table<string, number|Quantity>
function budget(limits) end

---@class Watch
local Watch = {}
function Watch:stop() end
---@return Duration?
function Watch:first() end
---@return { from: Duration, to: Duration? }[]
function Watch:spans() end

checks = {}
---@param fields? { grace: Duration?, gap: Duration?, heal: Duration? }
---@return Check
function checks.no_lost_instances(fields) end
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.no_zombies(fields) end
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.no_resurrection(fields) end
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.one_owner(fields) end
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.no_empty_service(fields) end
---@param fields? { pending: integer?, queued: integer?, heal: Duration? }
---@return Check
function checks.bounded_queue(fields) end
---@param fields? { bytes_per_s: Size?, amplification: number?, heal: Duration? }
---@return Check
function checks.bounded_traffic(fields) end
---@param fields? { failures: integer?, heal: Duration? }
---@return Check
function checks.verify_quiet(fields) end
---@param fields? { heal: Duration? }
---@return Check
function checks.no_native_expiry(fields) end
---@param fields? { heal: Duration? }
---@return Check
function checks.view_matches_store(fields) end
---@param fields? { p99: Duration?, heal: Duration? }
---@return Check
function checks.staleness(fields) end
---@param fields? { grace: Duration?, heal: Duration? }
---@return Check
function checks.bridge_clean(fields) end

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
---@return Node ... all, in order
function World:nodes() end
---@param name string
---@return Node
function World:node(name) end
---@return Node[]
function World:live_nodes() end
---@param name string
---@return Node[]
function World:site(name) end
---@param name? string
---@param options? { site: string?, address: string? }
---@return Node
function World:join(name, options) end
---@param n Nodes
function World:leave(n) end
---@param n Nodes
---@param list Nodes
function World:set_members(n, list) end
---@param n Nodes
function World:crash(n) end
---@param n Nodes
function World:restart(n) end
---@param n Nodes
---@param profile string
function World:upgrade(n, profile) end
---@param n Nodes
function World:stop(n) end
---@param n Nodes
---@param d Duration
function World:pause(n, d) end
---Requests to n take factor times as long as they cost (settings distrosim.requestCost and distrosim.httpCost), or
---(factor - 1) ms if they cost nothing; so its threads can all be busy, what comes then waits, and what finds the
---queue full is rejected.
---@param n Nodes
---@param factor number
---@param d? Duration without it, until the node boots again
function World:slow(n, factor, d) end
---@param n Nodes
---@param clock Clock
function World:clock(n, clock) end
---@param ... Party groups
function World:partition(...) end
---@param n Party
function World:isolate(n) end
---@param a Party
---@param b Party
---@param options? { oneway: boolean?, calls: boolean? }
function World:cut(a, b, options) end
---@param a Party
---@param left Party
---@param right Party
function World:bridge(a, left, right) end
---@param list Party
function World:ring(list) end
---@param n Party
function World:blackhole(n) end
---@param a? Party
---@param b? Party
function World:heal(a, b) end
---@param a Party
---@param b Party
---@param link Link
function World:link(a, b, link) end
---@param a Party
---@param b Party
---@param options { down: Duration?, up: Duration?, times: integer? } default s(1), s(1) and 10
function World:flap(a, b, options) end
---@param a Party
---@param b Party
---@param d Duration
function World:clog(a, b, d) end
---@class InterceptOptions
---@field from? Node|Client|string
---@field to? Node|Client|string
---CHANGE DELETE VERIFY SNAPSHOT REPORT HEALTH CONNECT FORWARD; in 1.x DATUM CHECKSUM PULL STATUS STATUSES; with clients
---REGISTER DEREGISTER BEAT SUBSCRIBE QUERY PUSH PING DETECT
---@field op? string
---@field nth? integer|integer[]|"all" which of those that match, counted from `after`; default 1, "all" with a chance or to observe
---@field after? Duration an instant; default now
---@field before? Duration an instant; default none
---@field chance? Proportion with which each of them is hit
---@field action? "drop"|"delay"|"drop_reply"|"delay_reply"|"refuse_apply"|"duplicate"|"observe" default "drop"
---@field by? Duration of delay and delay_reply; default s(8)
---@field reply? "fail"|"ok" of refuse_apply; default "fail"
---@param options InterceptOptions
---@return Interception
function World:intercept(options) end
---@class Quantiles
---@field count integer
---@field p50? Duration
---@field p90? Duration
---@field p99? Duration
---@field max? Duration
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
---@param options { site: string }
---@return SiteFigures
---@overload fun(self: World, options: { from: string, to: string }): DirectionFigures
function World:metrics(options) end
---@param options? { from: Node|Client|string?, to: Node|Client|string?, op: string? }
---@return { messages: integer, bytes: Size, replies: integer, reply_bytes: Size, failed: integer }
function World:traffic(options) end
---@class ChaosOptions
---@field for_ Duration
---@field crash? Rate
---@field partition? Rate
---@field pause? Rate
---@field clock? Rate
---@field link? Rate
---@field pauses? string how long a pause lasts, as gc_pause draws it; otherwise 0.1 to 30 s
---@field partitions? "software"|"hardware" how long a partition lasts, as outage draws it, and its shape: complete, partial (some talk to both sides) or one way as 69 to 29 to 2, one node alone in 88 %; otherwise 1 to 60 s, and each node on either side
---@field keep? integer how many nodes stay up, default 1
---@field heal? boolean|"core" true: when the time is over all is healed; false: faults stay; "core": `core` nodes, drawn, are up and healed, the others stay as they are and are cut off from them, and the run is red (check `core`, diverged) unless the core converges: equal views, and in them just who is there of those whose server is in the core. The bound is summed from the nodes' settings (313 s with stock ones) plus what wall clocks were set back; the run lasts until then
---@field core? integer how many nodes are the core; default a majority, or `keep` if that is more
---@param options ChaosOptions
function World:chaos(options) end
---@class SdkOptions how the client's SDK behaves
---@field kind? "nacos-client-2"|"nacos-client-1"
---@field sdk? "1.1"|"1.4"|"2.0.3"|"2.0"|"2.1"|"2.2"|"2.3"|"2.4"|"3.0" a release; it brings its kind
---@field empty_protection? boolean default false; ignores lists without a healthy host of weight (namingPushEmptyProtection)
---@field async_query? boolean 2.x: asks for its lists again (namingAsyncQuerySubscribeService); default true up to 2.1, else false
---@field light_beats? boolean 1.x: beats shrink once a server has said that it takes them; default true, in 1.1 false
---@field keep_alive? Duration 1.x: how long an idle HTTP connection is used again, default none; into a black hole that costs 50 s, not 3 s
---@field beat_threads? integer 1.x: threads that send beats, 1 to 1024, default 4 (namingClientBeatThreadCount)
---@field dual? string[] two clusters, its own first: registers and subscribes in both (Polaris Java agent)
---@field nearby? boolean of what both list it uses the instances of its own cluster, if there are any; needs dual
---@field agent? "polaris"|"ideal" what joins the two: the agent as it is (SDKs up to 2.1; default), or as one would wish
---@class ClientOptions: SdkOptions
---@field name? string
---@field server? Node|string
---@field ip? string
---@field port? integer
---@field subscribe? Service|Service[]
---@field load_cache_at_start? Client|string whose lists it finds on disk (namingLoadCacheAtStart)
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
---@param options? FleetOptions
---@return Fleet
function World:fleet(options) end
---The database of a bridge: while it is down no pass succeeds and no task is read.
---@param bridge string "east>west"
---@param state "down"|"up"
function World:bridge_database(bridge, state) end
---A task's row: "stop" sets its status to DELETE, for all workers; "delete" is what the console of one worker
---does; "start" makes it, or starts it again.
---@param bridge string
---@param service string|{ service: string, group: string? } "ALL": the task of every service
---@param change "start"|"stop"|"delete"
---@param options? { worker: integer }
function World:bridge_task(bridge, service, change, options) end
---@param worker string "east>west/1"
---@return WorkerState
function World:bridge_state(worker) end
---A handle with every verb of the world restricted to one cluster, where "n1" is "east/n1". It also
---stands for the cluster in a cut, and for its servers in `server =`.
---@param name string
---@return World
function World:cluster(name) end
---@param options? { quiet: Duration?, within: Duration? } default s(30) and minutes(10)
function World:settle(options) end
---@return boolean
function World:converged() end
---@return boolean
function World:agree() end
---@param x Known
---@return boolean
function World:all_know(x) end
---@param x Known
---@return boolean
function World:none_knows(x) end
---@param service? Service
---@return Instance[]
function World:truth(service) end
---Publishes a configuration at a server: the named one, or the first live one of a cluster or site. False: none runs.
---@param options { id: string, value: string, server: Node|string? }
---@return boolean ok
---@return string? reason
function World:publish_config(options) end
---Copies one cluster's database into another's, one way and from now on.
---@param options { from: string, to: string, lag: Duration|Duration[]? } lag: one, or least and greatest; default half a round trip and 0.5 s
function World:config_copy(options) end

---@class Interception
local Interception = {}
---@return integer
function Interception:seen() end
---@return Duration[]
function Interception:times() end
function Interception:stop() end

-- Nodes ----------------------------------------------------------------------------------------

---@class Node
---@field name string
---@field address string
---@field site string
---@field cluster string "" in a world of one cluster without a name
local Node = {}
---@param service Service
---@return Instance[]
function Node:instances(service) end
---@return string[]
function Node:services() end
---@param x Known
---@return boolean
function Node:knows(x) end
---@return integer
function Node:count() end
---@return integer
function Node:digest() end
---`queued` counts what waits at the node's workers: Distro tasks, and requests that wait for a thread. The
---latter by pool in `threads`: `cluster` and `sdk` are the gRPC servers', `http` is Tomcat's; a pool's threads
---are counted only while its requests cost something (settings distrosim.requestCost, distrosim.httpCost, or
---w:slow).
---@return { ready: boolean, initialised: boolean, healthy: string[], members: table<string, string>, rpc: table<string, boolean>, clients: integer, owned: integer, pending: integer, queued: integer, threads: table<string, { busy: integer, queued: integer, rejected: integer }> }
function Node:state() end
---@param peer? Node|string
---@return table<string, integer>
function Node:counters(peer) end
---What a property of Nacos or a switch of `distrosim profiles` is on this node.
---@param property string
---@return boolean|integer|Duration
function Node:setting(property) end
---@param tag string
---@return boolean
function Node:owns(tag) end
---@return boolean
function Node:alive() end
---Can it call a majority of its members, and they it? What Nacos keeps by Raft (persistent instances, metadata) can be
---written where it can.
---@return boolean
function Node:quorum() end
---What it serves of a configuration; nil: it knows none, or does not run.
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
---@field port? integer
---@field weight? number
---@field healthy? boolean
---@field enabled? boolean
---@field cluster? string
---@field metadata? table<string, string>

---@class Client
---@field name string
---@field ip string
---@field port integer
---@field kind string
---@field site string
local Client = {}
---@param options RegisterOptions
---@return boolean ok
---@return string? reason
function Client:register(options) end
---@param options { service: string, group: string?, namespace: string?, instances: table[] }
---@return boolean ok
---@return string? reason
function Client:register_batch(options) end
---@param service Service
---@return boolean ok
---@return string? reason
function Client:deregister(service) end
---@param options RegisterOptions
---@return boolean ok
---@return string? reason
function Client:update(options) end
---@return boolean ok
---@return string? reason
function Client:close() end
function Client:kill() end
---@param d Duration
function Client:pause(d) end
---The operator's failover switch: within 5 s `sees` gives the lists written to disk (10 s after the start, then daily).
---@param on boolean
function Client:failover(on) end
---@param node Node|string
---@return boolean ok
---@return string? reason
function Client:connect(node) end
---@param cluster? string of a dual client: towards which; its own by default
---@return Node?
function Client:server(cluster) end
---@param service Service
---@return boolean ok
---@return string? reason
function Client:subscribe(service) end
---@param service Service
---@return Instance[]
function Client:sees(service) end
---What the last change event told its listeners; a 2.x SDK raises none for a list with an older lastRefTime.
---@param service Service
---@return Instance[]
function Client:heard(service) end
---What the last subscription was answered with; of a dual client, what its caller was handed, merged and filtered.
---@param service Service
---@return Instance[]
function Client:answered(service) end
---@param operation string
---@param ... any what the operation takes; or call what this returns with it
---@return Posted
function Client:post(operation, ...) end
---@return table<string, integer>
function Client:counters() end
---What its server tells it of a configuration; nil without a server.
---@param id string
---@return string?
function Client:config(id) end

---@class Posted
local Posted = {}
---@return boolean? ok nil while it is under way
---@return string? reason
function Posted:done() end

---@class Fleet
local Fleet = {}
---@class ChurnOptions
---@field register? Rate
---@field deregister? Rate
---@field close? Rate
---@field kill? Rate
---@field update? Rate
---@field for_? Duration default: until the run ends
---@param options ChurnOptions
function Fleet:churn(options) end
---@param n integer
function Fleet:close(n) end
---@param n integer
function Fleet:kill(n) end
