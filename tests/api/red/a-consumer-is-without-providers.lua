-- 1 no_empty_consumer: the leases end at the server that it asks
return scenario {
  params   = { apart = minutes(4) },
  always   = { checks.no_empty_consumer { grace = s(1) } },
  topology = { nodes = 2 },
  story    = function(w, p)
    local a, b = w:nodes()
    for i = 1, 4 do w:client { name = "shop-" .. i, server = a }:register { service = "shop" } end
    wait(s(5))
    local app = w:client { name = "app", server = b }
    app:subscribe "shop"
    wait(s(5))
    local verify = w:intercept { from = a, to = b, op = "VERIFY", nth = "all", action = "drop" }
    wait(p.apart)
    verify:stop()
    wait(s(30))
  end,
}
