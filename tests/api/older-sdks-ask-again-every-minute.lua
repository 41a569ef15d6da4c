-- Up to 2.1 a subscriber asks for its lists again: what no push brought is there a minute later. From 2.2 on, only if asked to.
return scenario {
  topology = { nodes = 1 },
  story = function(w)
    local n = w:nodes()
    local shop = w:client { name = "shop", server = n }
    shop:register { service = "shop" }
    local old = w:client { sdk = "2.0", subscribe = { "shop" } }
    local new = w:client { sdk = "3.0", subscribe = { "shop" } }
    local asking = w:client { sdk = "3.0", subscribe = { "shop" }, async_query = true }
    wait(s(5))
    for _, k in ipairs { old, new, asking } do
      w:intercept { from = n, to = k, op = "PUSH", nth = "all", action = "drop" }
    end
    shop:update { service = "shop", metadata = { v = "2" } }
    wait(s(65))
    expect(old:sees("shop")[1].metadata.v == "2" and asking:sees("shop")[1].metadata.v == "2", "the poll brought nothing")
    expect(new:sees("shop")[1].metadata.v == nil, "a new SDK polls")
    expect(new:counters().requests == 1 and old:counters().requests >= 3, "requests are not counted as they are sent")
    -- An empty list is asked for soon, then ever later: 2, 4, 8 ... 60 s.
    local nobody = w:client { sdk = "2.0", subscribe = { "nothing" } }
    wait(s(0.5))
    local before = nobody:counters().requests
    wait(s(15))
    expect(nobody:counters().requests - before == 4, "no back-off: " .. nobody:counters().requests - before)
  end,
}
