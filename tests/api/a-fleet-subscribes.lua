-- Members subscribe to services of their own fleet, or of another; pure consumers publish nothing.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local sellers = w:fleet { name = "seller", clients = 6, services = 3 }
    local buyers = w:fleet { name = "buyer", clients = 3, instances = 0, subscribe = 2, services_of = sellers, sdk = "2.1" }
    wait(s(5))
    local listed = w:node("n1"):instances "seller.svc-1"
    expect(#listed == 2, "two sellers for each service")
    expect(w:traffic { op = "SUBSCRIBE" }.messages == 6, "each buyer subscribes to two services")
    expect(w:traffic { op = "PUSH" }.messages >= 6, "nothing was pushed to them")
    expect(w:traffic { op = "REGISTER" }.messages == 6, "a buyer publishes")
    buyers:close(3)
    wait(s(2))
    expect(w:all_know(sellers), "a seller went with the buyers")
  end,
}
