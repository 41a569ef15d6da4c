-- A node that crashes is held for DOWN by the others within 12 s, stays so however often they read their
-- list again, and is UP soon after it returns.
-- Its connection breaks at once; four reports in a row find none: each of two peers in turn, 2 s apart (4 s),
-- and then those that are not UP every 5 s as well (8 s), each a round trip late. Reading the list keeps the
-- state of whom it knows. Back: reconnect (3 s, back-off), then a report (5 s, and 3 s if one is under way). So each other node changes its mind three times: UP,
-- SUSPICIOUS, DOWN, UP.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { beaters = 20, down_for = s(60) },
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1" }
  end,
  must_see = { "node.crash", "member.suspicious", "member.down", "member.up" },
  always   = { checks.one_owner { grace = s(15) }, checks.no_lost_instances { gap = s(0) } },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "beating clients are known everywhere"
    local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = { a, b } })
    eventually(bounds.push(), function() return w:all_know(beaters) end, "all known everywhere")
    wait(between(s(6), s(12)))

    step "c crashes"
    local up = {}
    for _, n in ipairs { a, b } do
      up[n.name] = watch(function() return n:state().members.n3 == "UP" end)
    end
    w:crash(c)
    eventually(s(12) + ms(100), function()
      return a:state().members.n3 == "DOWN" and b:state().members.n3 == "DOWN"
    end, "a and b hold c for DOWN")
    local down = always(function() return a:state().members.n3 == "DOWN" and b:state().members.n3 == "DOWN" end,
                        "a dead member is not DOWN any more")
    local rereading = every(s(7), function()
      w:set_members(a, { a, b, c })
      w:set_members(b, { a, b, c })
    end)
    wait(p.down_for)
    rereading:stop()
    down:stop()

    step "c returns"
    w:restart(c)
    eventually(bounds.after_heal(p.down_for, 3), function()
      return a:state().members.n3 == "UP" and b:state().members.n3 == "UP"
    end, "a and b hold c for UP")
    wait(s(30))
    for name, watched in pairs(up) do
      expect(#watched:spans() == 2, name .. " changed its mind " .. #watched:spans() .. " times")
    end
    expect(w:converged(), "the lists are not what the clients publish")
  end,
}
