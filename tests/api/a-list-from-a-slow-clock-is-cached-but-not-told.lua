-- A 2.x SDK takes a list whose lastRefTime is older, but raises no change event for it; a 1.x SDK raises one.
return scenario {
  topology = { nodes = 2, clocks = { n2 = { offset = s(-60) } } },
  story = function(w)
    local a, b = w:nodes()
    local shop = w:client { name = "shop", server = a }
    local new = w:client { server = a, subscribe = { "shop" } }
    local old = w:client { server = a, kind = "nacos-client-1", subscribe = { "shop" } }
    shop:register { service = "shop" }
    wait(s(12))
    expect(#new:sees "shop" == 1 and #new:heard "shop" == 1 and #old:heard "shop" == 1, "nobody was told")
    expect(new:connect(b))
    expect(old:connect(b))
    wait(s(12))
    shop:update { service = "shop", metadata = { v = "2" } }
    wait(s(12))
    expect(new:sees("shop")[1].metadata.v == "2", "the older list was not taken")
    expect(old:heard("shop")[1].metadata.v == "2", "a 1.x listener was not told")
    -- b's first list replaced a's: content as before, but older. From then on b's clock is compared with itself.
    expect(new:heard("shop")[1].metadata.v == "2", "b's own next list was not told")
    expect(new:connect(a))
    wait(s(5))
    shop:update { service = "shop", metadata = { v = "3" } }
    w:cut(a, new)                       -- a's push is lost; the client goes back to b, whose clock is behind
    wait(s(40))
    expect(new:server().name == "n2" and new:sees("shop")[1].metadata.v == "3", "b did not bring the change")
    expect(new:heard("shop")[1].metadata.v == "2", "an older list was told")
  end,
}
