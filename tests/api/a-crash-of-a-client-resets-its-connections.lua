-- API.md 4: k:crash, f:crash, churn crash: servers learn of it by resets at once; a cut link carries none; a 1.x client
-- has no connection, so it is like a kill; for the truth it is one, too.
return scenario {
  topology = { nodes = 3 },
  must_see = { "client.crashed" },
  story = function(w)
    local a, b, c = w:nodes()
    local k = w:client { name = "k", server = a }
    local cut_off = w:client { name = "cut-off", server = a }
    local old = w:client { name = "old", kind = "nacos-client-1", server = a }
    local f = w:fleet { name = "f", clients = 20, services = 1, server = a, over = s(1) }
    for _, x in ipairs { k, cut_off, old } do expect(x:register { service = "shop" }) end
    wait(s(10))
    expect(w:converged() and #w:truth() == 23)
    w:cut("cut-off", a)
    wait(s(1))
    local posted = k:post "register" { service = "other" }
    k:crash() cut_off:crash() old:crash()
    expect(#w:truth() == 20)
    wait(ms(100))
    local ok, why = posted:done()
    expect(ok == false and why == "crashed", tostring(why))
    expect(not a:knows(k) and a:knows(cut_off) and a:knows(old), "one reset arrives")
    expect(not pcall(k.register, k, { service = "shop" }), "a crashed client does nothing")
    wait(ms(1200))
    expect(w:none_knows(k), "and the DELETE follows")
    f:crash(5)
    wait(ms(100))
    expect(#a:stored "f.svc-1" == 15)
    f:churn { crash = per_second(100), for_ = s(1) }
    wait(s(45))
    expect(#w:truth() == 0 and w:converged(), "all are gone")
  end,
}
