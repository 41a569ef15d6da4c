-- API.md 4: n:stored is what the client records say, n:instances what a query answers: without what is not enabled, and
-- from 2.0 on from a list that a push renews; reading renews nothing, and 1.x answers with what it has.
return scenario {
  topology = { nodes = 2, profiles = { n2 = "nacos-1.4" } },
  story = function(w)
    local a, b = w:nodes()
    local k = w:client { name = "k", server = a }
    local old = w:client { name = "old", kind = "nacos-client-1", server = b }
    expect(k:register { service = "shop", weight = 1 } and old:register { service = "shop", weight = 1 })
    expect(a:instances("shop")[1].weight == 1 and b:instances("shop")[1].weight == 1, "never asked for: fresh")
    wait(s(2))
    for i = 2, 4 do
      expect(k:update { service = "shop", weight = i } and old:update { service = "shop", weight = i })
      for _ = 1, 4 do
        expect(a:stored("shop")[1].weight == i and a:instances("shop")[1].weight == i - 1, "half a second behind")
        expect(b:stored("shop")[1].weight == i and b:instances("shop")[1].weight == i, "1.x is fresh")
        wait(ms(100))
      end
      wait(s(1))
      expect(a:instances("shop")[1].weight == i and a:instances("shop")[1].client == "k", "renewed")
    end
    expect(k:update { service = "shop", enabled = false })
    wait(s(1))
    expect(#a:stored "shop" == 1 and #a:instances "shop" == 0, "not enabled")
    w:crash(a)
    expect(#a:stored "shop" == 0 and #a:instances "shop" == 0, "down")
  end,
}
