-- A change is stored at once where it was made and 1.2 s later everywhere; queries answer with it 0.5 to 0.6 s after that.
-- ServiceStorage#getData returns the list that it keeps, and PushExecuteTask#generatePushData alone renews it: 500 ms
-- and a tick of 100 ms after every change, whether somebody subscribes or not. A service never asked for and
-- never pushed is computed when it is asked for, so the first instance of a service is seen at once.
-- --set cache=false answers from the store (distrosim.queryCache = false).
local bounds = require "bounds"

return scenario {
  params   = { cache = true },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = { ["distrosim.queryCache"] = p.cache } }
  end,
  must_see = { "client.updated", "client.deregistered" },
  always   = { checks.view_matches_store {} },

  story = function(w, p)
    local nodes = { w:nodes() }
    local behind = p.cache and bounds.query or ms(0)
    local earliest = p.cache and ms(490) or ms(0) -- from the acknowledgement
    local function later(verb, f)
      for _, n in ipairs(nodes) do if not f(n[verb](n, "shop")) then return false end end
      return true
    end
    step "the first instance of a service is seen as soon as it is stored"
    local shop = w:client { name = "shop-1", server = nodes[1] }
    expect(shop:register { service = "shop", weight = 1 }, "n1 refused it")
    expect(#nodes[1]:instances "shop" == 1, "n1 does not answer with it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(1), s(6)))

    step "a change is stored, and then seen"
    expect(shop:update { service = "shop", weight = 2 }, "n1 refused the update")
    expect(nodes[1]:stored("shop")[1].weight == 2, "n1 does not store it")
    within(earliest, behind, function() return nodes[1]:instances("shop")[1].weight == 2 end, "seen at n1")
    eventually(bounds.push(), function() return later("stored", function(l) return l[1].weight == 2 end) end, "stored")
    within(us(0), behind, function() return later("instances", function(l) return l[1].weight == 2 end) end, "seen")

    step "what is not enabled is stored and in no answer"
    expect(shop:update { service = "shop", weight = 2, enabled = false }, "n1 refused the update")
    eventually(bounds.push(), function() return later("stored", function(l) return not l[1].enabled end) end, "stored")
    eventually(behind, function() return later("instances", function(l) return #l == 0 end) end, "in no answer")

    step "what leaves is listed for half a second more"
    expect(shop:update { service = "shop", weight = 2, enabled = true }, "n1 refused the update")
    wait(s(5))
    expect(shop:deregister { service = "shop" }, "n1 refused to forget it")
    expect(#nodes[1]:stored "shop" == 0, "n1 stores it still")
    within(earliest, behind, function() return #nodes[1]:instances "shop" == 0 end, "gone from n1's answers")
  end,
}
