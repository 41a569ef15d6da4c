-- A client that closes in order is listed nowhere fifteen seconds later: false after a hiccup, unless luck has it.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1), jitter = percent(40), loss = ratio(1, 20) } },
  always = { checks.no_zombies { grace = s(15) } },
  story = function(w)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    local service = one_of { "shop", "cart" }
    shop:register { service = service }
    wait(s(5))
    after(s(1), function()
      w:cut(a, c)
      wait(s(4))
      w:heal()
    end)
    fault_point "before the change"
    shop:update { service = service, weight = 2 }
    wait(s(2.5))
    wait(between(s(1), s(2)))
    shop:close()
    wait(s(60))
  end,
}
