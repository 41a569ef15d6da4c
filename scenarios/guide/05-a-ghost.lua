-- A client that closes in order is listed nowhere fifteen seconds later. (It is not so.)
-- In Nacos the retry of a push that timed out takes the place of a DELETE that waits in the queue; when it is due there
-- is no such client any more, and nothing is sent: the DELETE is lost.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "sync.failed" },
  always   = { checks.no_zombies { grace = s(15) } },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    shop:register { service = "shop" }
    wait(s(5))

    step "n1 cannot reach n3 for five seconds, and shop-1 changes its weight"
    after(between(s(0), s(0.5)), function()
      w:cut(n1, n3)
      wait(s(5))
      w:heal()
    end)
    shop:update { service = "shop", weight = 2 }

    wait(between(s(2), s(5)))
    step "shop-1 closes in order"
    shop:close()
    wait(s(60))
  end,
}
