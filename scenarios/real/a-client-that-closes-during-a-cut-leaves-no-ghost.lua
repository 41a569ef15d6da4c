-- A client closes while its server cannot reach c: the DELETE fails and is sent again until the heal, and c lets the
-- client go soon after, long before its lease would end.
local bounds = require "bounds"

return scenario {
  params = { cut_for = s(8) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.cut", "client.closed" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "refused")
    wait(bounds.push() + between(s(1), s(6)))
    step "c is cut off, and shop-1 closes"
    w:isolate(c)
    local cut = now()
    wait(ms(500))
    shop:close()
    eventually(bounds.push(), function() return not a:knows(shop) and not b:knows(shop) end, "a server stores it still")
    wait_until(cut + p.cut_for)
    expect(c:knows(shop), "c heard of it")
    step "c is back"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 3), function() return w:none_knows(shop) end, "c keeps a ghost")
    measure("gone", now() - healed)
    expect(w:converged(), "the servers disagree")
  end,
}
