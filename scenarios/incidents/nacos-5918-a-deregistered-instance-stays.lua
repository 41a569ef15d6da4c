-- An instance deregistered cleanly stays visible on one or two servers, not on the one it was registered at:
-- nacos#5918, #5769 (a zombie for four days).
-- Affected: 2.0.0 and 2.0.1; cured in 2.0.2. Each kind of event had its own queue and thread, so "client changed" could
-- be handled after "client disconnected"; its task replaces the DELETE that waits, and finds no client to send.
-- Found: the catalogue of incidents expects the zombie to stay for 180 s. A connection's replica had a lease of 30 s in
-- these releases, and goes after 35 s; the four days of #5769 must have been heartbeat clients, which did not expire.
local incident = require "incident"

return scenario {
  params   = { apart = ms(15) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.closed" },

  story = function(w, p)
    local a = w:nodes()
    if setting "distrosim.generation" == 1 then return end
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "a refused it")
    incident.settled(w, shop)

    step "it changes and, in the same breath, closes"
    shop:post "update" { service = "shop", metadata = { color = "red" } }
    wait(p.apart)
    shop:close()
    local listed = incident.longest("listed though closed for", function() return not w:none_knows(shop) end)
    wait(s(240))
    expect(listed() <= incident.push(), "the DELETE was never sent")
  end,
}
