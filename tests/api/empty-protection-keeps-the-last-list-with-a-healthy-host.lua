-- Without it an empty list replaces the cache; with it a list without a healthy host of weight is ignored.
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    local n = w:nodes()
    local shop = w:client { name = "shop", server = n }
    local plain = w:client { subscribe = { "shop" } }
    local careful = w:client { subscribe = { "shop" }, empty_protection = true }
    local careful_1 = w:client { subscribe = { "shop" }, empty_protection = true, kind = "nacos-client-1" }
    wait(s(1))
    shop:register { service = "shop" }
    wait(s(12))
    expect(#plain:sees "shop" == 1 and #careful:sees "shop" == 1 and #careful_1:sees "shop" == 1, "a subscriber misses the shop")
    shop:update { service = "shop", weight = 0 }
    wait(s(2))
    expect(plain:sees("shop")[1].weight == 0, "a list was not taken")
    expect(careful:sees("shop")[1].weight == 1, "a list without weight was taken")
    shop:deregister { service = "shop" }
    wait(s(12))
    expect(#plain:sees "shop" == 0, "an empty list was not taken")
    expect(#careful:sees "shop" == 1 and #careful_1:sees "shop" == 1, "an empty list was taken")
    shop:register { service = "shop", metadata = { again = "yes" } }
    wait(s(12))
    expect(careful:sees("shop")[1].metadata.again == "yes", "a good list was not taken")
  end,
}
