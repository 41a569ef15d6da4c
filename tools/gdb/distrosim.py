"""tools/gdb/distrosim.py -- lets gdb show numbers as names, records as lines, nodes and worlds as they stand.

    gdb -x tools/gdb/distrosim.py --args build/release/distrosim run SCENARIO --seed 7

Printers (print, info locals, backtraces):
    DistroName 3 "n1:8848"    DistroService, DistroListing, DistroPublication, DistroClient, SimEndpoint
    SimRecord, DistroInput, DistroEffect, SimNode, SimWorld: one line each
Commands (EXPR may be left out: then the selected frame and those above it are searched):
    distro-node [EXPR]     a DistroNode or SimNode: members, load, counts
    sim-world [EXPR]       a SimWorld: its time and its nodes
    sim-trace [N]          the last N records of the world's trace (20), if it records
    distro-dictionary EXPR where numbers are looked up, when no frame has one
Functions: $world(), and $node("n2") of it, for breakpoints and print: print $node("n2").wake_at_us

Nothing here calls a function of the program, so all of it works on a core file, too. Layouts come from the
debug information: what the source renames has to be renamed here; tests/gdb/run.sh says so.
"""
import gdb

NEVER = (1 << 63) - 1
CLIENT_BIT = 0x80000000
NO_ENDPOINT = 0xffffffff
chosen = {"dictionary": None}


# --- reading the program -----------------------------------------------------------------------


def pointer_to(value, name):
    """@value as a pointer to a struct called @name, or None if it is none."""
    kind = value.type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_PTR:
        target = kind.target().unqualified()
        if name in (target.name, target.tag, target.strip_typedefs().tag) and int(value) != 0:
            return value
    elif name in (value.type.name, kind.tag) and value.address is not None:
        return value.address
    return None


def in_frames(name):
    """The nearest argument or local of a frame that points to a @name."""
    try:
        frame = gdb.selected_frame()
    except gdb.error:
        return None
    while frame is not None:
        try:
            block = frame.block()
        except RuntimeError:
            block = None
        while block is not None and not block.is_global and not block.is_static:
            for symbol in block:
                if not symbol.is_variable and not symbol.is_argument:
                    continue
                try:
                    value = symbol.value(frame)
                    found = None if value.is_optimized_out else pointer_to(value, name)
                    if found is not None:
                        found.dereference().fetch_lazy()
                        return found
                except (gdb.error, RuntimeError, TypeError):
                    continue
            block = block.superblock
        frame = frame.older()
    return None


def find_world():
    world = in_frames("SimWorld")
    if world is None:
        node = in_frames("SimNode")
        world = node["world"] if node is not None else None
    return world


def find_dictionary():
    if chosen["dictionary"] is not None:
        return chosen["dictionary"]
    found = in_frames("DistroDictionary")
    if found is None:
        world = find_world()
        found = world["dictionary"] if world is not None else None
    if found is None:
        node = in_frames("DistroNode")
        found = node["dictionary"] if node is not None else None
    return found


def of_array(array, name, index):
    """Element @index of a GArray of @name; None beyond its end."""
    if int(array) == 0 or not 0 <= index < int(array["len"]):
        return None
    return array["data"].cast(gdb.lookup_type(name).pointer())[index]


def of_pointers(array, name, index):
    if int(array) == 0 or not 0 <= index < int(array["len"]):
        return None
    return array["pdata"][index].cast(gdb.lookup_type(name).pointer())


def text(value):
    return value.string("utf-8", "replace") if int(value) != 0 else ""


def looked_up(table, name, number):
    dictionary = find_dictionary()
    return of_array(dictionary[table], name, number) if dictionary is not None else None


# --- numbers as names --------------------------------------------------------------------------


def name_of(number):
    entry = looked_up("names", "NameEntry", number)
    return text(entry["text"]) if entry is not None and number != 0 else None


def service_of(number):
    entry = looked_up("services", "ServiceEntry", number)
    if entry is None or number == 0:
        return None
    return "%s@@%s" % (name_of(int(entry["info"]["group"])), name_of(int(entry["info"]["name"])))


def listing_of(number):
    entry = looked_up("listings", "DistroListingInfo", number)
    if entry is None or number == 0:
        return None
    instance = entry["instance"]
    return "%s:%d%s" % (name_of(int(instance["ip"])), int(instance["port"]), "" if instance["healthy"] else " ill")


def publication_of(number):
    entry = looked_up("publications", "DistroPublicationInfo", number)
    if entry is None or number == 0:
        return None
    listings = [listing_of(int(entry["listings"][i])) for i in range(min(int(entry["count"]), 4))]
    more = int(entry["count"]) - len(listings)
    return "%s [%s%s]" % (service_of(int(entry["service"])), ", ".join(map(str, listings)),
                          " and %d more" % more if more else "")


def client_of(number):
    entry = looked_up("clients", "DistroClientInfo", number)
    return text(entry["id"]) if entry is not None and number != 0 else None


def endpoint_of(number):
    world = find_world()
    if number == NO_ENDPOINT:
        return "none"
    if world is None:
        return None
    if number & CLIENT_BIT:
        client = of_pointers(world["clients"], "SimClient", number & ~CLIENT_BIT)
        try:
            return text(client["name"]) if client is not None else None
        except gdb.error:
            return "client %d" % (number & ~CLIENT_BIT)
    node = of_pointers(world["nodes"], "SimNode", number)
    return text(node["name"]) if node is not None else None


NUMBERS = {"DistroName": name_of, "DistroService": service_of, "DistroListing": listing_of,
           "DistroPublication": publication_of, "DistroClient": client_of, "SimEndpoint": endpoint_of}


class Number:
    def __init__(self, value, name):
        self.value, self.name = value, name

    def to_string(self):
        number = int(self.value)
        found = NUMBERS[self.name](number)
        return "%d" % number if found is None else '%d "%s"' % (number, found)


# --- records and events as a line --------------------------------------------------------------


def named(value, number, prefixes):
    """The enumerator without its prefix, and with the family in front: sync.sent."""
    for type_name, prefix in prefixes:
        for field in gdb.lookup_type(type_name).fields():
            if field.enumval == number and field.name.startswith(prefix) and "_FIRST_" not in field.name:
                return field.name[len(prefix):].lower()
    return str(value)


def kind_of(number):
    word = named(number, number, (("SimTraceKind", "SIM_TRACE_"), ("DistroEventKind", "DISTRO_EVENT_")))
    return word.replace("_", ".", 1)


def seconds(us):
    return "never" if us == NEVER else "%.6f s" % (us / 1e6)


def record_line(record):
    words = [seconds(int(record["at_us"])), kind_of(int(record["kind"])), endpoint_of(int(record["subject"])) or "?"]
    if int(record["object"]) != NO_ENDPOINT:
        words.append("> %s" % endpoint_of(int(record["object"])))
    if int(record["client"]) != 0:
        words.append("client %s" % (client_of(int(record["client"])) or int(record["client"])))
    words.append("value %d" % int(record["value"]))
    if int(record["cause"]) != 0:
        words.append("because of %d" % int(record["cause"]))
    return "  ".join(words)


def fields_line(value):
    """The fields of a small struct that are not zero."""
    words = []
    for field in value.type.fields():
        part = value[field.name]
        kind = field.type.strip_typedefs().code
        if kind in (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_UNION):
            continue
        if kind == gdb.TYPE_CODE_STRUCT:
            inner = fields_line(part)
            if inner:
                words.append("%s { %s }" % (field.name, inner))
        elif kind == gdb.TYPE_CODE_PTR:
            words += ["%s %s" % (field.name, part)] if int(part) else []
        elif int(part) != 0:
            shown = NUMBERS[field.type.name](int(part)) if field.type.name in NUMBERS else None
            words.append("%s %s" % (field.name, part if shown is None else shown))
    return ", ".join(words)


def tagged_line(value, type_name, prefix, members):
    kind = named(value["kind"], int(value["kind"]), ((type_name, prefix),))
    member = members.get(kind, kind)
    if member not in [field.name for part in value.type.fields() if part.name in (None, "")
                      for field in part.type.fields()]:
        return kind
    return "%s { %s }" % (kind, fields_line(value[member]))


class Line:
    def __init__(self, value, line):
        self.value, self.line = value, line

    def to_string(self):
        return self.line(self.value)


def input_line(value):
    line = tagged_line(value, "DistroInputKind", "DISTRO_INPUT_", {"boot": "members"})
    return "%s at %s" % (line, seconds(int(value["now_us"])))


def effect_line(value):
    return tagged_line(value, "DistroEffectKind", "DISTRO_EFFECT_", {})


# --- nodes and worlds --------------------------------------------------------------------------


def sim_node_line(node):
    words = [text(node["name"]), text(node["address"])]
    words += [word for word in ("alive", "loaded", "ready", "paused") if node[word]]
    if not node["alive"]:
        words.append("down")
    if not node["member"]:
        words.append("left")
    return "  ".join(words)


def world_line(world):
    nodes = [of_pointers(world["nodes"], "SimNode", i) for i in range(int(world["nodes"]["len"]))]
    return "%s  seed %d  %d nodes, %d alive  %d clients  %d events" % (
        seconds(int(world["now_us"])), int(world["seed"]), len(nodes), sum(bool(node["alive"]) for node in nodes),
        int(world["clients"]["len"]), int(world["events"]))


def core_lines(node):
    chosen["dictionary"], kept = node["dictionary"], chosen["dictionary"]
    load = node["load"]
    states = {field.enumval: field.name.replace("DISTRO_MEMBER_", "")
              for field in gdb.lookup_type("DistroMemberState").fields()}
    yield "%s  at %s, wall %s%s%s" % (
        name_of(int(node["self"])), seconds(int(node["now_us"])), seconds(int(node["wall_us"])),
        "  ready" if load["ready"] else "", "  initialised" if load["initialised"] else "")
    members = node["members"]["list"]
    for i in range(int(members["len"])):
        member = of_array(members, "DistroMember", i)
        yield "  member %s  %s  failed %d times" % (
            name_of(int(member["address"])), states.get(int(member["state"]), "?"), int(member["fail_count"]))
    chosen["dictionary"] = kept


class Function(gdb.Function):
    def __init__(self, name, run):
        super().__init__(name)
        self.run = run

    def invoke(self, *arguments):
        return self.run(*arguments)


def the_world():
    world = find_world()
    if world is None:
        raise gdb.GdbError("no frame has a world")
    return world.dereference()


def the_node(name):
    world = the_world()
    for i in range(int(world["nodes"]["len"])):
        node = of_pointers(world["nodes"], "SimNode", i)
        if text(node["name"]) == name.string():
            return node.dereference()
    raise gdb.GdbError("no node " + name.string())


class Command(gdb.Command):
    def __init__(self, name, run):
        super().__init__(name, gdb.COMMAND_DATA)
        self.run = run

    def invoke(self, argument, from_tty):
        for line in self.run(argument):
            print(line)


def show_node(argument):
    value = gdb.parse_and_eval(argument) if argument else in_frames("SimNode") or in_frames("DistroNode")
    if value is None:
        raise gdb.GdbError("no frame has a node; name one")
    node = pointer_to(value, "SimNode")
    if node is not None:
        yield sim_node_line(node)
        value = node["core"]
    core = pointer_to(value, "DistroNode")
    if core is not None:
        yield from core_lines(core)


def show_world(argument):
    world = pointer_to(gdb.parse_and_eval(argument), "SimWorld") if argument else find_world()
    if world is None:
        raise gdb.GdbError("no frame has a world; name one")
    yield world_line(world)
    for i in range(int(world["nodes"]["len"])):
        yield "  " + sim_node_line(of_pointers(world["nodes"], "SimNode", i))


def show_trace(argument):
    world = find_world()
    if world is None:
        raise gdb.GdbError("no frame has a world")
    trace = world["trace"]
    records = trace["records"]
    count = int(records["len"])
    if count == 0:
        yield "nothing is recorded: run with --trace FILE"
    wanted = int(argument or 20)
    for i in range(max(0, count - wanted), count):
        yield "%d  %s" % (int(trace["first_id"]) + i, record_line(of_array(records, "SimRecord", i)))


def choose_dictionary(argument):
    value = gdb.parse_and_eval(argument)
    chosen["dictionary"] = pointer_to(value, "DistroDictionary")
    if chosen["dictionary"] is None:
        raise gdb.GdbError("that is no DistroDictionary: %s" % value.type)
    return []


LINES = {"SimRecord": record_line, "DistroInput": input_line, "DistroEffect": effect_line,
         "SimNode": sim_node_line, "SimWorld": world_line}


def printer(value):
    name = value.type.unqualified().name
    if name in NUMBERS:
        return Number(value, name)
    return Line(value, LINES[name]) if name in LINES else None


printer.__name__ = "distrosim"
gdb.pretty_printers.append(printer)
Function("world", the_world)
Function("node", the_node)
Command("distro-node", show_node)
Command("sim-world", show_world)
Command("sim-trace", show_trace)
Command("distro-dictionary", choose_dictionary)
