-- bridge_clean watches bridges: what leaves by itself, or is taken back by who brought it, is no business of its own.
return scenario {
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = ms(30) },
               bridges = { { from = "east", to = "west", kind = "nacos-sync", workers = 2, services = { "shop" } },
                           { from = "west", to = "east", kind = "nacos-sync", services = { "shop" } } } },
  must_see = { "bridge.copied", "bridge.removed", "bridge.stopped", "beat.expired" },
  always   = { checks.bridge_clean {} },
  story    = function(w)
    local east, west = w:cluster "east", w:cluster "west"
    local ours = east:client { name = "ours", server = "n1", kind = "nacos-client-1" }
    local theirs = west:client { name = "theirs", server = "n1", kind = "nacos-client-1" }
    local mute = west:client { name = "mute", server = "n2", kind = "nacos-client-1" }
    wait(s(1))
    ours:register { service = "shop" }
    theirs:register { service = "shop" }
    mute:register { service = "shop" }
    eventually(s(75), function()
      return east:all_know { ours, theirs, mute } and west:all_know { ours, theirs, mute }
    end, "each cluster lists all")
    ours:deregister { service = "shop" } -- its copy is taken back in the west
    mute:kill()                          -- it expires in the west, and its copy follows
    wait(s(60))
    expect(w:none_knows(ours) and w:none_knows(mute), "they are gone everywhere")
    w:crash { "east>west/1", "east>west/2" }
    theirs:deregister { service = "shop" } -- just when no worker beats any more
    wait(s(60))
    w:restart { west:nodes() }           -- everything is away for a while
    wait(s(30))
  end,
}
