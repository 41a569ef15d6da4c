-- A node that boots lists a service at once: wrong, it has no records if its peers are away.
return scenario {
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(3)) }, clocks = { n2 = { offset = s(-3) } } } end,
  story    = function(w)
    local a, b, c = w:nodes()
    local fleet = w:fleet { name = "f", clients = 12, services = 1, server = { a, b } }
    wait(s(10))
    local shop = w:client { name = "shop-1", server = a }
    shop:register { service = "shop" }
    wait(s(10))
    always(function()
      for _, n in ipairs { a, b, c } do
        if n:alive() and #n:instances "shop" == 0 then return false end
      end
      return true
    end, "a node that runs lists nobody")
    w:chaos { for_ = minutes(1), pause = per_minute(4), clock = per_minute(4), keep = 1 }
    wait(s(70))
    fleet:close(3)
    w:restart(c)
    wait(s(60))
  end,
}
