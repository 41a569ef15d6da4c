-- Verbs for processes, cuts, interceptions and traffic take a worker by its name; a reading verb tells what it does.
return scenario {
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = ms(30) },
               bridges = { { from = "east", to = "west", kind = "nacos-sync", workers = 2, placement = "source" } } },
  must_see = { "bridge.copied", "bridge.stopped" },
  story    = function(w)
    local east, west = w:cluster "east", w:cluster "west"
    local one, two = "east>west/1", "east>west/2"
    local shop = east:client { name = "shop", server = "n1" }
    expect(shop:register { service = "shop", metadata = { version = "7" } })
    local ips = east:node "n1":instances "shop"
    expect(ips[1].ip == "10.128.0.1", "workers are not counted among the clients")
    eventually(s(10), function() return west:all_know(shop) end, "the ALL task copies it")
    local copy = west:node "n2":instances "shop"[1]
    expect(copy.metadata.version == "7" and copy.metadata.syncSource == "NACOS")
    expect(#copy.metadata.sourceClusterId == 32 and #copy.metadata.destClusterId == 32)
    expect(copy.metadata["sync.instance.tag"] == copy.metadata.sourceClusterId .. "@@null")
    expect(w:converged(), "a copy is neither missing nor too many")

    expect(w:traffic { from = one, op = "SERVICES" }.messages > 0)
    local beats = w:intercept { from = one, op = "BEAT", nth = "all", action = "observe" }
    local state = w:bridge_state(one)
    expect(state.alive and state.tasks == 1 and state.subscribed == 1 and state.queue == 0 and state.oldest == s(0))
    w:pause(one, s(7))
    wait(s(6))
    expect(beats:seen() == 0, "a paused worker beats")
    wait(s(10))
    w:cut(one, "west")
    w:cut(two, "west")
    wait(s(50))
    expect(west:none_knows(shop) and east:all_know(shop), "cut off, its copies expire")
    w:heal()
    eventually(s(20), function() return west:all_know(shop) end, "and come back")
    w:stop { one, two }
    expect(not w:bridge_state(one).alive and w:bridge_state(one).beating == 0)
    w:restart(one)
    wait(s(5))
    w:bridge_task("east>west", "ALL", "delete")
    local late = east:client { name = "late", server = "n2" }
    wait(s(1))
    late:register { service = "late" }
    wait(s(20))
    expect(not west:all_know(late), "an ALL task that is gone finds no new services")
    expect(west:all_know(shop), "and undoes nothing")
    w:bridge_task("east>west", "ALL", "start")
    eventually(s(10), function() return west:all_know(late) end, "begun again it finds them")
    w:bridge_database("east>west", "down")
    late:deregister { service = "late" }
    wait(s(20))
    expect(west:all_know(late), "without the database nothing is taken back")
  end,
}
