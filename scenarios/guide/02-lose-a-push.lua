-- A push that the network swallows is sent again: the change is everywhere within 7.5 s.
-- 1.1 s until the push, 3 s until it times out, 3 s until the retry, 0.1 s until the queue is looked into again.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "sync.failed", "sync.retried" },
  story = function(w)
    local n1, n2, n3 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    wait(s(7))
    -- The repair by VERIFY would come first on some seeds (lesson 6): here it never reaches n2.
    w:intercept { op = "VERIFY", to = n2, nth = "all" }
    local lost = w:intercept { op = "CHANGE", from = n1, to = n2 }

    step "shop-1 registers with n1, and the push to n2 is lost"
    shop:register { service = "shop" }
    local took = eventually(s(7.5), function() return w:all_know(shop) end, "shop-1 known everywhere")
    expect(lost:seen() == 1, "no push was lost")
    log("the push to n2 was sent at", lost:times()[1], "and lost")
    log("n1 to n2:", n1:counters(n2).sync_failed, "failed,", n1:counters(n2).retries, "retried")
    measure("known everywhere after", took)
  end,
}
