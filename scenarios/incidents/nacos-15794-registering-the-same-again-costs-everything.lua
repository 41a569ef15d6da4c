-- Constant load in a cluster where nothing changes: clients that register the same again, as nacos-sync does in every
-- pass, are pushed to every server each time: nacos#15794 (won't fix).
-- Affected: all releases of 2.x and 3.x. AbstractClient#addServiceInstance raises ClientChanged whether or not
-- anything changed.
local incident = require "incident"
local shops = require "shops"

return scenario {
  params   = { shops = 20, rounds = 12 },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.registered" },

  story = function(w, p)
    local a, b, c = w:nodes()
    if setting "distrosim.generation" == 1 then return end
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { a } })
    incident.settled(w, open)

    step "every five seconds each registers the same again"
    local before = w:traffic { op = "CHANGE" }.messages
    for _ = 1, p.rounds do
      for _, shop in ipairs(open) do shop:post "register" { service = "shop" } end
      wait(s(5))
    end
    local pushes = w:traffic { op = "CHANGE" }.messages - before
    measure("pushes of nothing new", pushes)
    expect(pushes == 0, "what did not change was pushed")
  end,
}
