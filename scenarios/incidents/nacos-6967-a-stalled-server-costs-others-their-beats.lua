-- While one server stands still, clients of healthy servers are taken for dead: nacos#6967 (a three-hour outage), #8706,
-- #10148.
-- Affected: all releases with heartbeat (1.x) clients; an asynchronous forward was merged and taken back (#10158). Beats
-- are passed on to the owner, in vain while it stalls, and the client that is refused asks the stalled one itself.
-- (The threads that such forwards hold are not what is shown here: the answer is lost all the same.)
local incident = require "incident"
local shops = require "shops"

return scenario {
  params   = { stopped_for = s(60), beaters = 60 },
  topology = { nodes = 3, lan = { rtt = ms(1) }, clients = "nacos-client-1" },
  must_see = { "node.pause" },

  story = function(w, p)
    local a, b, c = w:nodes()
    local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = { b, c } })
    incident.settled(w, beaters)

    step "a stands still"
    local fewest = p.beaters
    local gap = incident.longest("gap", function()
      fewest = math.min(fewest, #b:instances "shop", #c:instances "shop")
      return not (b:knows(beaters) and c:knows(beaters))
    end)
    w:pause(a, p.stopped_for)
    wait(p.stopped_for + s(90))
    measure("living clients missing at worst", p.beaters - fewest)
    expect(gap() == s(0), "b or c took living clients off their lists")
  end,
}
