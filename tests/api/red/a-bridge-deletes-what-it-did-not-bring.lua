-- 1 bridge_clean: a pre-release of nacos-sync takes natives for copies
return scenario {
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = ms(30) },
               bridges = { { from = "east", to = "west", kind = "nacos-sync", services = { "shop" }, native_deletion = true } } },
  always   = { checks.bridge_clean {} },
  story    = function(w)
    local east, west = w:cluster "east", w:cluster "west"
    local native = west:client { name = "native", server = "n1", kind = "nacos-client-1" }
    wait(s(5))
    native:register { service = "shop" }
    local shop = east:client { name = "shop", server = "n1" }
    wait(s(5))
    shop:register { service = "shop" }
    wait(s(120))
  end,
}
