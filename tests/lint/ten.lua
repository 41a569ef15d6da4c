-- Ten misspellings, most of them where no seed goes.
return scenario {
  params   = { nodes = 3 },
  topology = function(p) return { nodes = p.nodes, lna = { rtt = ms(1) } } end,
  always   = { checks.no_zombeis { grace = s(15) }, checks.no_lost_instances { gap = s(1), gracee = s(1) } },
  story    = function(w, p)
    local a, b, c = w:nodes()
    if p.nodes > 99 then
      w:partion({ a }, { b, c })
      w:isolat(a)
    end
    local shop = w:client { nmae = "shop-1", server = a }
    shop:registr { service = "shop" }
    shop:register { servce = "shop", metadata = { anything = "goes" } }
    wiat(s(5))
    eventualy(s(3), function() return w:all_know(shop) end, "known")
    w:link(a, b, { losss = percent(1) })
    local mine = { helper = function() return 1 end }
    mine:helper()
  end,
}
