-- What a push failed to bring, VERIFY brings within its period.
-- n2 answers the push as if it had applied it, so there is no retry. Every period the owner sends n2 a digest of each of
-- its clients; n2 finds that it has another record, and the owner sends the state again: 1.1 s after the change at the
-- earliest, a period later at the latest.
return scenario {
  params   = { every = s(5) },
  topology = function(p)
    return { nodes = 3, lan = { rtt = ms(1) },
             settings = { ["nacos.core.protocol.distro.data.verify.intervalMs"] = p.every } }
  end,
  must_see = { "verify.mismatch", "verify.repair" },
  story = function(w, p)
    local n1, n2 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    wait(s(25)) -- the connection itself is known everywhere
    local before = n1:counters(n2).repairs
    w:intercept { op = "CHANGE", from = n1, to = n2, action = "refuse_apply", reply = "ok" }

    step "shop-1 registers, and n2 only says that it has applied the push"
    shop:register { service = "shop" }
    local took = eventually(s(1.3) + p.every, function() return n2:knows(shop) end, "n2 lists shop-1")
    log("n1 counts", n1:counters(n2).repairs - before, "repair")
    measure("repaired after", took)
  end,
}
