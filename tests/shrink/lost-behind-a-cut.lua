-- A living client stays listed whatever is cut: wrong, a cut longer than the lease takes it away.
return scenario {
  params   = { cut_for = s(230) },
  topology = { nodes = 4, lan = { rtt = ms(2) }, settings = { ["nacos.core.protocol.distro.data.sync.delayMs"] = ms(700) } },
  story    = function(w, p)
    local a, b, c, d = w:nodes()
    local shops = {}
    for i = 1, 4 do
      shops[i] = w:client { name = "shop-" .. i, server = one_of { a, d } }
      shops[i]:register { service = "shop", metadata = { zone = "z" .. i } }
    end
    eventually(s(5), function() return w:converged() end, "all know all")
    spawn(function()
      for _ = 1, 5 do
        wait(s(20))
        shops[1]:update { service = "shop", weight = 2 }
      end
    end)
    w:clock(c, { step = s(5) })
    wait(s(20))
    w:partition({ a, d }, { b, c })
    wait(between(s(5), s(20)))
    w:crash(d)
    wait(s(15))
    w:restart(d)
    wait(p.cut_for)
    for _, n in ipairs { b, c } do
      expect(n:knows(shops[2]), "shop-2 is lost")
    end
  end,
}
