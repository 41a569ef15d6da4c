-- A cut shorter than the lease drops no client that lives on the other side.
-- VERIFY renews the lease of a record, 180 s; a cut stops it. A record is dropped when its lease has ended, checked every
-- 5 s. (So --set cut_for=200s is red.)
return scenario {
  params   = { cut_for = s(60) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.cut", "link.heal" },
  story = function(w, p)
    local n1, n2, n3 = w:nodes()
    local shop = w:client { name = "shop-1", server = n1 }
    wait(s(5))
    shop:register { service = "shop" }
    eventually(s(5), function() return w:all_know(shop) end, "shop-1 known everywhere")
    local gone = watch(function() return not n3:knows(shop) end)

    step "n3 is cut off"
    w:partition({ n1, n2 }, { n3 })
    wait(p.cut_for)
    measure("records that n3 lists", n3:count())

    step "the network heals"
    w:heal()
    eventually(s(20), function() return w:converged() end, "all agree")
    local missing = s(0)
    for _, span in ipairs(gone:spans()) do missing = missing + (span.to - span.from) end
    measure("missing on n3 for", missing)
    expect(missing == s(0), "n3 dropped a living client")
  end,
}
