-- A client whose machine loses power says nothing: its server asks after 20 s of silence, waits 5 s, and lets it go.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.killed" },
  always = { checks.no_zombies { grace = bounds.silent_death }, checks.no_lost_instances { grace = s(2) } },
  story = function(w)
    local a, b = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    local other = w:client { name = "other", server = b }
    expect(shop:register { service = "shop" }, "refused")
    expect(other:register { service = "shop" }, "refused")
    wait(between(s(2), s(7)))
    step "shop-1 loses power"
    shop:kill()
    local killed = now()
    within(s(14), bounds.silent_death, function() return w:none_knows(shop) end, "shop-1 is stored still")
    measure("gone", now() - killed)
    expect(w:all_know(other), "the living went with it")
  end,
}
