-- What a client subscribes to from its start is a service, by name or as a table, or a list of them.
return scenario {
  topology = { nodes = 2, lan = { rtt = ms(1) } },
  story    = function(w)
    local a = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    shop:register { service = "shop", group = "retail" }
    for name, services in pairs { text = "retail@@shop", table = { service = "shop", group = "retail" },
                                  list = { { service = "shop", group = "retail" }, "other" } } do
      local consumer = w:client { name = name, subscribe = services }
      eventually(s(5), function() return #consumer:sees { service = "shop", group = "retail" } == 1 end, name)
    end
  end,
}
